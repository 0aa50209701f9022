"""Participants are disclosed in tranches, so that no comparison of published figures concerns fewer
than k people.

Suppressing small cells is not enough when figures are published every day: the difference of two
days can be one person who enrolled or withdrew. A participant is therefore disclosed together with
others, or not at all:

- Participants whose observation is over wait until every arm has k people who were never disclosed.
All who wait then become a tranche, of which only sums are published: they are sealed.

- An indicator discloses tranches once each cell (people with the outcome, people without it; people
who left in one period) has k people never disclosed, in every arm. Until then its tranches wait for
the next one.

- A withdrawal dissolves the person's tranche: its sums are removed at once, and the others wait
again, to be sealed together with k people never disclosed.

Any sum or difference of figures that were ever published then concerns k people or more: the last
group in it that does not cancel out has k people in each cell who are in no earlier group. The
disclosed people are all those up to some instant; confidence sequences are valid at any instant.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from pilotes.disclosure.domain.cell_counts import CellCounts
from pilotes.disclosure.domain.measure import Integers, Measure
from pilotes.disclosure.domain.places import PlaceFigures, intact
from pilotes.disclosure.domain.scheduled_places import ScheduleFigures
from pilotes.statistics.domain.sums import Sums

_MOST_AT_ONCE: Final = 40
"""Tranches sealed by one update, about; with more people, each tranche is larger."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """The participants whose observation is over, one entry each."""

    arm: Integers
    """The position of their arm."""
    tranche: Integers
    """The number of the tranche they are in; 0 while they wait. A tranche that was dissolved can
    still be named."""
    first: Integers
    """The number of the first tranche they were in; 0: they were never disclosed."""


@dataclass(frozen=True, slots=True, eq=False)
class TrancheGroup:
    """Tranches that one indicator discloses together. Tuples have one entry for each arm."""

    tranches: frozenset[int]
    """Their numbers."""
    sums: tuple[Sums, ...]
    """Sums of the outcomes."""
    people: tuple[int, ...]
    """People, with an outcome or not."""
    cells: tuple[tuple[int, ...], ...]
    """People in each cell."""


@dataclass(frozen=True, slots=True)
class DisclosedFigures:
    """Everything that is published of a pilot."""

    last: int = 0
    """The number of the latest tranche."""
    sizes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """By tranche, its people in each arm."""
    groups: Mapping[str, tuple[TrancheGroup, ...]] = field(default_factory=dict)
    """By indicator, what it discloses."""
    used_tranches: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """By indicator, the tranches that it ever disclosed."""
    since: Mapping[str, int] = field(default_factory=dict)
    """By indicator, the latest tranche when it was added."""
    by_place: Mapping[str, PlaceFigures | ScheduleFigures] = field(default_factory=dict)
    """By indicator, in a trial that draws places."""


def drop_broken(disclosed: DisclosedFigures, broken: Collection[int]) -> DisclosedFigures:
    """The figures without `broken`, the tranches that lost a person, and groups that have one."""
    sizes = {number: size for number, size in disclosed.sizes.items() if number not in broken}
    old = disclosed.groups.items()
    groups = {name: tuple(e for e in some if e.tranches <= sizes.keys()) for name, some in old}
    return replace(
        disclosed, sizes=sizes, groups=groups, by_place=intact(disclosed.by_place, sizes)
    )


def disclose_next(
    disclosed: DisclosedFigures,
    people: Population,
    measures: Mapping[str, Measure],
    *,
    arms: int,
    k: int,
) -> tuple[DisclosedFigures, Population]:
    """The figures that are published next, and the participants with their new tranches.

    `disclosed`: the current figures, without broken tranches. `measures`: by indicator. `arms`:
    number of arms. `k`: the smallest number of people that can be disclosed.

    An indicator that an amendment adds discloses only people sealed after it: figures of earlier
    people were already published, and subtracting them could reveal a few.
    """
    since = {name: disclosed.since.get(name, disclosed.last) for name in measures}
    dissolved = ~np.isin(people.tranche, list(disclosed.sizes))
    people = replace(people, tranche=np.where(dissolved, 0, people.tranche))
    disclosed, people = _seal(disclosed, people, arms=arms, k=k)
    groups, used_tranches = dict(disclosed.groups), dict(disclosed.used_tranches)
    for name, measure in measures.items():
        current = groups.get(name, ())
        used = used_tranches.get(name, frozenset())
        sizes = {number: size for number, size in disclosed.sizes.items() if number > since[name]}
        added = _new_groups(sizes, people, measure, current, used, arms=arms, k=k)
        groups[name] = (*current, *added)
        used_tranches[name] = used.union(*(group.tranches for group in added))
    since = {**disclosed.since, **since}
    return replace(disclosed, groups=groups, used_tranches=used_tranches, since=since), people


def _seal(
    disclosed: DisclosedFigures, people: Population, *, arms: int, k: int
) -> tuple[DisclosedFigures, Population]:
    """Put all people who wait into tranches, as many as possible, so that a withdrawal removes few
    people. Nothing changes while fewer than k of those who wait on an arm were never disclosed."""
    waiting = np.flatnonzero(people.tranche == 0)
    new = people.first[waiting] == 0
    arm_of = people.arm[waiting]
    # For each person who waits: people never disclosed up to them, by arm.
    so_far = np.stack([(new & (arm_of == arm)).cumsum() for arm in range(arms)], axis=-1)
    fresh = int(so_far[-1].min()) if len(waiting) else 0
    if fresh < k:
        return disclosed, people
    number = disclosed.last + 1 + _parts(so_far, max(k, fresh // _MOST_AT_ONCE))
    tranche, first = people.tranche.copy(), people.first.copy()
    tranche[waiting] = number
    first[waiting] = np.where(new, number, first[waiting])
    sizes = dict(disclosed.sizes)
    for each in range(disclosed.last + 1, int(number.max()) + 1):
        counts = np.bincount(arm_of[number == each], minlength=arms)
        sizes[each] = tuple(int(count) for count in counts)
    return replace(disclosed, last=int(number.max()), sizes=sizes), replace(
        people, tranche=tranche, first=first
    )


def _parts(so_far: Integers, k: int) -> Integers:
    """For each person, the number of their part, from 0 up. Each part has at least k new people in
    every arm; the remainder belongs to the last one.

    `so_far`: one row for each person, one column for each arm: new people up to that row.
    """
    part = np.zeros(len(so_far), dtype=np.int64)
    at_start = np.zeros(so_far.shape[1], dtype=np.int64)
    start = number = 0
    while True:
        # Counts never fall: the part is full at the first row where all arms have k more.
        full = max(
            np.searchsorted(of_arm, before + k)
            for of_arm, before in zip(so_far.T, at_start, strict=True)
        )
        if full == len(so_far):
            part[start:] = max(number - 1, 0)
            return part
        end = int(full) + 1
        part[start:end] = number
        at_start, start, number = so_far[end - 1], end, number + 1


def _new_groups(
    sizes: Mapping[int, tuple[int, ...]],
    people: Population,
    measure: Measure,
    current: Sequence[TrancheGroup],
    used_tranches: frozenset[int],
    *,
    arms: int,
    k: int,
) -> Sequence[TrancheGroup]:
    """The groups that an indicator can disclose now, of tranches that it does not disclose yet: as
    many as possible.

    `sizes`: the tranches that it can use. `current`: its groups. `used_tranches`: those it ever
    disclosed.
    """
    waiting = sorted(sizes.keys() - {number for group in current for number in group.tranches})
    if not waiting:
        return ()
    place = _places(people.tranche, waiting)
    shape = len(waiting), arms
    all_of = CellCounts.of(measure, place, people.arm, shape)
    never = (people.first == people.tranche) & ~np.isin(people.tranche, list(used_tranches))
    new = CellCounts.of(measure, np.where(never, place, -1), people.arm, shape)

    def can_be_disclosed(places: Sequence[int]) -> bool:
        return all(seen.can_be_disclosed(measure, places, k) for seen in (new, all_of))

    cut: list[list[int]] = []
    open_now: list[int] = []
    for each in range(len(waiting)):
        open_now.append(each)
        if can_be_disclosed(open_now):
            cut.append(open_now)
            open_now = []
    if cut and open_now and can_be_disclosed([*cut[-1], *open_now]):
        cut[-1].extend(open_now)
    of_arms = _sorted_by_arm(place, people.arm, shape)
    return [_group(measure, waiting, some, of_arms) for some in cut]


def _places(tranche: Integers, numbers: Sequence[int]) -> Integers:
    """For each person, the position of their tranche in `numbers`, which are sorted; -1: not
    there."""
    place = np.searchsorted(numbers, tranche)
    there = np.take(numbers, place, mode="clip") == tranche
    return np.where(there, place, -1)


def _sorted_by_arm(
    place: Integers, arm: Integers, shape: tuple[int, int]
) -> Sequence[Sequence[Integers]]:
    """For each arm, the positions of its people: one array for each tranche. Arguments: as for
    `CellCounts.of`."""
    chosen = np.flatnonzero(place >= 0)
    key = arm[chosen] * shape[0] + place[chosen]
    ends = np.cumsum(np.bincount(key, minlength=shape[0] * shape[1]))
    parts = np.split(chosen[np.argsort(key, kind="stable")], ends[:-1])
    return [parts[at : at + shape[0]] for at in range(0, len(parts), shape[0])]


def _group(
    measure: Measure,
    numbers: Sequence[int],
    places: Sequence[int],
    of_arms: Sequence[Sequence[Integers]],
) -> TrancheGroup:
    """The group of some tranches. `numbers`: of all tranches. `places`: those of the group, as
    positions. `of_arms`: from `_sorted_by_arm`."""
    inside = [np.concatenate([parts[each] for each in places]) for parts in of_arms]
    return TrancheGroup(
        tranches=frozenset(numbers[each] for each in places),
        sums=tuple(_sums(measure, people) for people in inside),
        people=tuple(len(people) for people in inside),
        cells=tuple(tuple(_counts(measure, people)) for people in inside),
    )


def _counts(measure: Measure, people: Integers) -> Sequence[int]:
    cells = measure.cell[people]
    return [int(n) for n in np.bincount(cells[cells >= 0], minlength=measure.cells)]


def _sums(measure: Measure, people: Integers) -> Sums:
    outcome, before = measure.outcome[people], measure.before[people]
    answered = ~np.isnan(outcome)
    return Sums.of(outcome[answered], before[answered])

"""People are shown by tranches, so that no comparison of figures speaks of fewer than k.

Hiding small cells is not enough where figures come every day: yesterday's minus today's is the one
person who came, or who withdrew. So a participant is shown with others or not at all:

- whoever is through waits until every arm has k people who were never shown; all who wait are then
  sealed as a tranche, of which only sums are told;
- an indicator shows tranches once every cell of theirs (who did, who did not; who left when)
  holds k people never shown, in every arm; until then they wait for the next one;
- when somebody withdraws, their tranche is dissolved: its sums are gone from that moment, the
  others wait again, and come back beside k people never shown.

Then whatever anybody adds or subtracts of all that was ever shown, the outcome speaks of k people
or more: the last group in it that does not cancel out holds k whom no earlier one does, in each
cell. And what is shown is everyone up to some moment, which confidence sequences allow to be any.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.sums import Sums

_MOST_AT_ONCE: Final = 40
"""Tranches sealed at one look: beyond, each is greater rather."""
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Who is through with every window of the protocol, one entry each.

    `tranche`: the one they are in, 0 while they wait; `first`: the one they were first sealed in,
    0 while they never were.
    """

    arm: Integers
    tranche: Integers
    first: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One indicator of the same people, in their order.

    `outcome`: NaN of whoever did not answer. `before`: NaN where not known. `cell`: which of the
    groups an answer puts them in, from 0 up; -1: none that is told. `open_cells`: those of which
    nobody may be in (who did not answer), as long as it is k people otherwise.
    """

    outcome: Floats
    before: Floats
    cell: Integers
    cells: int
    open_cells: frozenset[int] = frozenset()
    dominated: bool = False
    """Whether one person alone could make the sum: none is then shown of which one makes half."""
    joint: Integers | None = None
    """Groups that it makes together with indicators of the same fact (who came within a week, and
    within a month): nobody may be in one, or k."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Tranches that one indicator shows together. By arm: sums, people, people a cell."""

    tranches: frozenset[int]
    sums: tuple[Sums, ...]
    people: tuple[int, ...]
    cells: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """All that is shown of a pilot. `sizes`: people of each tranche, by arm; `spent`: by indicator,
    the tranches it ever showed; `since`: by indicator, the last tranche before it was asked."""

    last: int = 0
    sizes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    spent: Mapping[str, frozenset[int]] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)


def standing(shown: Shown, broken: Collection[int]) -> Shown:
    """What may be shown now. `broken`: the tranches that lost somebody; they are gone, and with
    them every group that showed them."""
    sizes = {number: size for number, size in shown.sizes.items() if number not in broken}
    groups = {
        name: tuple(group for group in some if group.tranches <= sizes.keys())
        for name, some in shown.groups.items()
    }
    return replace(shown, sizes=sizes, groups=groups)


def advance(
    shown: Shown, people: People, measures: Mapping[str, Measure], *, arms: int, k: int
) -> tuple[Shown, People]:
    """What is shown next, and where everyone is then. `shown` is what stands.

    An indicator that an amendment brings speaks of people sealed after it alone: of the others,
    something was shown that it could be subtracted from.
    """
    since = {name: shown.since.get(name, shown.last) for name in measures}
    gone = ~np.isin(people.tranche, list(shown.sizes))
    people = replace(people, tranche=np.where(gone, 0, people.tranche))
    shown, people = _seal(shown, people, arms=arms, k=k)
    groups, spent = dict(shown.groups), dict(shown.spent)
    for name, measure in measures.items():
        held = groups.get(name, ())
        used = spent.get(name, frozenset())
        sizes = {number: size for number, size in shown.sizes.items() if number > since[name]}
        added = _groups(sizes, people, measure, held, used, arms=arms, k=k)
        groups[name] = (*held, *added)
        spent[name] = used.union(*(group.tranches for group in added))
    since = {**shown.since, **since}
    return replace(shown, groups=groups, spent=spent, since=since), people


def _seal(shown: Shown, people: People, *, arms: int, k: int) -> tuple[Shown, People]:
    """All who wait are sealed, in as many tranches as may be, so that a withdrawal costs few."""
    waiting = np.flatnonzero(people.tranche == 0)
    new = people.first[waiting] == 0
    arm_of = people.arm[waiting]
    # How many were never shown, arm by arm, after each of those who wait.
    so_far = np.stack([(new & (arm_of == arm)).cumsum() for arm in range(arms)], axis=-1)
    fresh = int(so_far[-1].min()) if len(waiting) else 0
    if fresh < k:
        return shown, people
    number = shown.last + 1 + _parts(so_far, max(k, fresh // _MOST_AT_ONCE))
    tranche, first = people.tranche.copy(), people.first.copy()
    tranche[waiting] = number
    first[waiting] = np.where(new, number, first[waiting])
    sizes = dict(shown.sizes)
    for each in range(shown.last + 1, int(number.max()) + 1):
        counts = np.bincount(arm_of[number == each], minlength=arms)
        sizes[each] = tuple(int(count) for count in counts)
    return replace(shown, last=int(number.max()), sizes=sizes), replace(
        people, tranche=tranche, first=first
    )


def _parts(so_far: Integers, k: int) -> Integers:
    """Which part each belongs to: 0, 1, 2…, each with k new people of every arm; what is left over
    belongs to the last."""
    part, begun = np.zeros(len(so_far), dtype=np.int64), np.zeros(so_far.shape[1], dtype=np.int64)
    start = number = 0
    while True:
        full = np.flatnonzero((so_far[start:] - begun >= k).all(axis=1))
        if len(full) == 0:
            part[start:] = max(number - 1, 0)
            return part
        end = start + int(full[0]) + 1
        part[start:end] = number
        begun, start, number = so_far[end - 1], end, number + 1


def _groups(
    sizes: Mapping[int, tuple[int, ...]],
    people: People,
    measure: Measure,
    held: Sequence[Group],
    spent: frozenset[int],
    *,
    arms: int,
    k: int,
) -> Sequence[Group]:
    """The tranches that this indicator does not show yet and may be shown now, in as many groups
    as may be."""
    waiting = sorted(sizes.keys() - {number for group in held for number in group.tranches})
    if not waiting:
        return ()
    place = _places(people.tranche, waiting)
    all_of = _Seen.of(measure, place, people.arm, (len(waiting), arms))
    never = (people.first == people.tranche) & ~np.isin(people.tranche, list(spent))
    new = _Seen.of(measure, np.where(never, place, -1), people.arm, (len(waiting), arms))

    def may(places: Sequence[int]) -> bool:
        return all(seen.may_be_shown(measure, places, k) for seen in (new, all_of))

    cut: list[list[int]] = []
    open_now: list[int] = []
    for each in range(len(waiting)):
        open_now.append(each)
        if may(open_now):
            cut.append(open_now)
            open_now = []
    if cut and open_now and may([*cut[-1], *open_now]):
        cut[-1].extend(open_now)
    return [_group(people, measure, [waiting[each] for each in some], arms=arms) for some in cut]


def _places(tranche: Integers, numbers: Sequence[int]) -> Integers:
    """Where among those numbers, in order, each one's tranche is; -1: it is none of them."""
    place = np.searchsorted(numbers, tranche)
    there = np.take(numbers, place, mode="clip") == tranche
    return np.where(there, place, -1)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What one indicator would show, by tranche and arm. `joint`: people a joint cell; `greatest`
    and `total` of the outcomes."""

    cells: Integers
    joint: Integers
    greatest: Floats
    total: Floats

    @classmethod
    def of(cls, measure: Measure, place: Integers, arm: Integers, shape: tuple[int, int]) -> Self:
        """`place`: of each one's tranche; -1: is not counted. `shape`: tranches, arms."""
        chosen = place >= 0
        row, rows = place[chosen] * shape[1] + arm[chosen], shape[0] * shape[1]
        cell, outcome = measure.cell[chosen], measure.outcome[chosen]
        told = cell >= 0
        joint = np.zeros(len(row), dtype=np.int64)
        if measure.joint is not None:
            values = measure.joint[chosen]
            joint = np.searchsorted(sorted(set(values.tolist())), values)
        greatest, total = np.full(rows, -np.inf), np.zeros(rows)
        if measure.dominated:
            np.maximum.at(greatest, row, outcome)
            np.add.at(total, row, outcome)
        return cls(
            _counted(row[told], cell[told], rows, measure.cells).reshape(*shape, -1),
            _counted(row, joint, rows, int(joint.max(initial=0)) + 1).reshape(*shape, -1),
            greatest.reshape(shape),
            total.reshape(shape),
        )

    def may_be_shown(self, measure: Measure, places: Sequence[int], k: int) -> bool:
        """Whether those tranches, together, say nothing of fewer than k people of an arm."""
        at = list(places)
        counts = self.cells[at].sum(axis=0)
        few = counts < k
        for cell in measure.open_cells:
            few[:, cell] &= counts[:, cell] > 0
        together = self.joint[at].sum(axis=0)
        if measure.joint is not None:
            few = few.any() | ((together > 0) & (together < k))
        if few.any():
            return False
        half = 2 * self.greatest[at].max(axis=0) <= self.total[at].sum(axis=0)
        return not measure.dominated or bool(half.all())


def _counted(row: Integers, column: Integers, rows: int, columns: int) -> Integers:
    return np.bincount(row * columns + column, minlength=rows * columns)


def _group(people: People, measure: Measure, numbers: Sequence[int], *, arms: int) -> Group:
    inside = np.isin(people.tranche, numbers)
    masks = [inside & (people.arm == arm) for arm in range(arms)]
    return Group(
        tranches=frozenset(numbers),
        sums=tuple(_sums(measure, mask) for mask in masks),
        people=tuple(int(mask.sum()) for mask in masks),
        cells=tuple(tuple(_counts(measure, mask)) for mask in masks),
    )


def _counts(measure: Measure, chosen: npt.NDArray[np.bool_]) -> Sequence[int]:
    cells = measure.cell[chosen]
    return [int(n) for n in np.bincount(cells[cells >= 0], minlength=measure.cells)]


def _sums(measure: Measure, mask: npt.NDArray[np.bool_]) -> Sums:
    answered = mask & ~np.isnan(measure.outcome)
    return Sums.of(measure.outcome[answered], measure.before[answered])

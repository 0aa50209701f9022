"""Nobody is identified in published figures: an attacker reads every public filter every day."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, product

import numpy as np
import pytest
from figure_attacker import Attacker, smallest_group
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotes.disclosure.domain.measure import Measure
from pilotes.disclosure.domain.table import protect_counts
from pilotes.disclosure.domain.thresholds import rounded_down, stable_count, threshold
from pilotes.disclosure.domain.tranches import (
    DisclosedFigures,
    Population,
    TrancheGroup,
    disclose_next,
    drop_broken,
)
from socle.testing import sized


@dataclass(slots=True)
class Trial:
    """The people of a trial as a release sees them; entries are people, for ever."""

    arm: np.ndarray
    outcome: np.ndarray
    score: np.ndarray
    k: int
    arms: int = 2
    here: np.ndarray = field(init=False)
    tranche: np.ndarray = field(init=False)
    first: np.ndarray = field(init=False)
    disclosed: DisclosedFigures = field(default_factory=DisclosedFigures)
    rows: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        many = len(self.arm)
        self.here = np.zeros(many, dtype=bool)
        self.tranche = np.zeros(many, dtype=np.int64)
        self.first = np.zeros(many, dtype=np.int64)

    def look(self) -> Iterator[tuple[tuple[int, str, str], int]]:
        """One day's release, and every number in it."""
        standing_now = drop_broken(self.disclosed, set(self.tranche[~self.here].tolist()))
        at = np.flatnonzero(self.here)
        people = Population(self.arm[at], self.tranche[at], self.first[at])
        did = self.outcome[at]
        answered = ~np.isnan(self.score[at])
        nothing = np.full(len(at), np.nan)
        measures = {
            "did": Measure(did.astype(float), nothing, did, 2),
            "score": Measure(self.score[at], nothing, answered.astype(np.int64), 2, frozenset({0})),
        }
        self.disclosed, after = disclose_next(
            standing_now, people, measures, arms=self.arms, k=self.k
        )
        self.tranche[at], self.first[at] = after.tranche, after.first
        cells = {"did": self.outcome, "score": (~np.isnan(self.score)).astype(np.int64)}
        for arm in range(self.arms):
            yield from self._of_people(arm)
            for name, groups in self.disclosed.groups.items():
                yield from self._of_groups(arm, name, groups, cells[name])

    def _of_people(self, arm: int) -> Iterator[tuple[tuple[int, str, str], int]]:
        total = sum(size[arm] for size in self.disclosed.sizes.values())
        yield (arm, "people", "all"), total
        self._speaks_of("people", self.here & (self.tranche > 0) & (self.arm == arm), total)

    def _of_groups(
        self, arm: int, name: str, groups: tuple[TrancheGroup, ...], cell: np.ndarray
    ) -> Iterator[tuple[tuple[int, str, str], int]]:
        numbers = list(chain.from_iterable(group.tranches for group in groups))
        inside = self.here & np.isin(self.tranche, numbers) & (self.arm == arm)
        yield (arm, "people", "all"), sum(group.people[arm] for group in groups)
        self._speaks_of("people", inside, sum(group.people[arm] for group in groups))
        for value in range(2):
            total = sum(group.cells[arm][value] for group in groups)
            yield (arm, name, str(value)), total
            self._speaks_of(f"{name}{value}", inside & (cell == value), total)

    def _speaks_of(self, what: str, mask: np.ndarray, total: int) -> None:
        """Disclosed sums match the participants: no figure contains anybody who withdrew."""
        assert int(mask.sum()) == total
        self.rows.setdefault(what, []).append(mask.astype(np.int64))


def live(trial: Trial, *, days: int, seed: int, leaving: float) -> Attacker:
    """People come through day by day, some withdraw; the attacker reads each day, and again after
    each withdrawal."""
    rng = np.random.default_rng(seed)
    attacker = Attacker(trial.k)
    day_of = np.sort(rng.integers(0, days, len(trial.arm)))
    for day in range(days + 10):
        trial.here |= day_of == day
        attacker.read(trial.look())
        if rng.random() < leaving and trial.here.any():
            who = rng.choice(np.flatnonzero(trial.here))
            trial.here[who] = False
            day_of[who] = -1
            attacker.read(trial.look())
    return attacker


def make(rng: np.random.Generator, *, people: int, k: int, rate: float, arms: int = 2) -> Trial:
    score = rng.normal(70, 17, people)
    score[rng.random(people) < 0.3] = np.nan
    outcome = (rng.random(people) < rate).astype(np.int64)
    return Trial(rng.integers(0, arms, people), outcome, score, k, arms)


@pytest.mark.parametrize("k", [5, 11])
@pytest.mark.parametrize("arms", [2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_an_attacker_who_reads_every_day_finds_no_group_below_k(
    k: int, arms: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    trial = make(rng, people=90 * k // 5, k=k, rate=(0.5, 0.3, 0.8)[seed % 3], arms=arms)
    attacker = live(trial, days=25, seed=seed, leaving=0.4)
    assert any(len(seen) > 2 for seen in attacker.figures.values()), "something was shown"
    assert attacker.found_by_numbers() == []
    for what, rows in trial.rows.items():
        assert smallest_group(np.array(rows), k) >= k, what


def test_the_attacker_does_find_people_where_figures_are_only_hidden_below_k() -> None:
    """The usual rule, published each day: the test can fail."""
    rng = np.random.default_rng(3)
    trial = make(rng, people=200, k=5, rate=0.5)
    attacker, rows = Attacker(5), []
    for day in range(10, 200, 3):
        mask = (np.arange(200) < day) & (trial.arm == 0) & (trial.outcome == 1)
        if mask.sum() >= 5:
            attacker.read([((0, "did", "1"), int(mask.sum()))])
            rows.append(mask.astype(np.int64))
    assert attacker.found_by_numbers() == []
    assert smallest_group(np.array(rows), 5) < 5


@pytest.mark.deep
@settings(max_examples=sized(30, deep=300), deadline=None)
@given(st.integers(0, 10**6), st.floats(0.05, 0.95), st.floats(0, 1))
def test_whatever_happens_withdrawn_people_are_undisclosed_and_no_group_is_small(
    seed: int, rate: float, leaving: float
) -> None:
    rng = np.random.default_rng(seed)
    trial = make(rng, people=int(rng.integers(0, 100)), k=5, rate=rate)
    attacker = live(trial, days=15, seed=seed, leaving=leaving)
    assert attacker.found_by_numbers() == []
    for rows in trial.rows.values():
        assert smallest_group(np.array(rows), 5) >= 5


def test_a_withdrawal_costs_a_tranche_and_not_the_trial() -> None:
    trial = make(np.random.default_rng(1), people=400, k=5, rate=0.5)
    trial.here[:] = True
    before = dict(trial.look())
    trial.here[0] = False
    after = dict(trial.look())
    assert before[0, "people", "all"] + before[1, "people", "all"] == 400
    lost = 400 - sum(after[arm, "people", "all"] for arm in (0, 1))
    assert 0 < lost < 60


def test_indicators_of_one_fact_are_disclosed_only_where_they_do_not_reveal_each_other() -> None:
    """Return within a week and within a month: one person can be between the two."""
    week = np.array([1] * 10 + [0] * 10)
    month = np.array([1] * 11 + [0] * 9)
    joint = week * 2 + month
    nothing = np.full(20, np.nan)
    people = Population(*(np.zeros(20, dtype=np.int64) for _ in range(3)))

    def disclosed(removed: np.ndarray | None) -> bool:
        measures = {
            name: Measure(cell.astype(float), nothing, cell, 2, joint=removed)
            for name, cell in (("week", week), ("month", month))
        }
        after, _ = disclose_next(DisclosedFigures(), people, measures, arms=1, k=5)
        return bool(after.groups["week"] and after.groups["month"])

    assert disclosed(None)
    assert not disclosed(joint)


def test_one_person_who_dominates_a_sum_is_not_disclosed() -> None:
    people = Population(*(np.zeros(12, dtype=np.int64) for _ in range(3)))
    uses = np.array([500.0] + [2.0] * 11)
    measure = Measure(uses, np.full(12, np.nan), np.zeros(12, dtype=np.int64), 1, dominated=True)
    after, _ = disclose_next(DisclosedFigures(), people, {"uses": measure}, arms=1, k=5)
    assert after.groups["uses"] == ()
    fairer = replace(measure, outcome=np.full(12, 2.0))
    after, _ = disclose_next(DisclosedFigures(), people, {"uses": fairer}, arms=1, k=5)
    assert after.groups["uses"] != ()


def test_a_row_gives_nothing_away_to_somebody_who_knows_the_rule() -> None:
    """Every row of up to four cells: all rows that would look the same are tried, and no sum of
    suppressed cells is known to be between 1 and k - 1."""
    k, most = 3, 7
    for many in (1, 2, 3, 4):
        fitting: dict[object, list[tuple[int, ...]]] = {}
        for row in product(range(most if many == 4 else 10), repeat=many):
            fitting.setdefault(protect_counts(row, k), []).append(row)
        for visible, rows in fitting.items():
            if visible.total is not None and visible.total >= most:  # type: ignore[attr-defined]
                continue  # rows with greater cells would fit too
            hidden = [at for at, count in enumerate(visible.counts) if count is None]  # type: ignore[attr-defined]
            for some in chain.from_iterable(
                combinations(hidden, size) for size in range(1, len(hidden) + 1)
            ):
                sums = [sum(row[at] for at in some) for row in rows]
                assert not (min(sums) >= 1 and max(sums) < k), (visible, some)


def test_the_threshold_is_that_of_health_wherever_health_is_touched() -> None:
    assert [threshold(each) for each in ("esante", "both", "mobilite")] == [11, 11, 5]  # type: ignore[arg-type]
    assert [rounded_down(count, 5) for count in (0, 4, 5, 9, 10, 14)] == [None, None, 5, 5, 10, 10]


@given(st.lists(st.integers(-12, 12), max_size=60), st.sampled_from([5, 11]))
def test_a_gauge_moves_when_k_people_came_or_went_and_not_before(moves: list[int], k: int) -> None:
    """Between any two published values, at least k people came or left on balance."""
    former = count = 0
    for move in moves:
        count = max(0, count + move)
        now = stable_count(former, count, k)
        assert (rounded_down(now, k) or 0) % k == 0
        assert abs(count - now) < k
        if rounded_down(now, k) != rounded_down(former, k):
            assert now == count
            assert abs(now - former) >= k
        former = now

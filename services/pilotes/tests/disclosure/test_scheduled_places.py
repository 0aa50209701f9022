"""What a trial whose places switch discloses: nothing of one place, nor of one period."""

from dataclasses import replace
from itertools import product
from math import inf

import numpy as np

from pilotes.disclosure.domain.measure import Floats, Measure
from pilotes.disclosure.domain.scheduled_places import PlaceSchedule, ScheduleFigures
from pilotes.disclosure.domain.tranches import DisclosedFigures, drop_broken
from pilotes.record.domain.protocol import Indicator
from pilotes.results.adapters.disclosed_json import disclosed_from_json, disclosed_to_json
from pilotes.results.domain.place_estimates import PlaceEstimates, estimate_places, published_p

SHARE = Indicator("part", "A suivi", "proportion", "use:board-watched", "up", "primary", 0.5, 0.7)
PLACES, PERIODS, PEOPLE = 8, 4, 5
SWITCH = np.array([2, 1, 3, 1, 2, 1, 3, 2])
PLACE = np.repeat(np.arange(PLACES), PERIODS * PEOPLE)
PERIOD = np.tile(np.repeat(np.arange(PERIODS), PEOPLE), PLACES)
TREATED = np.greater_equal(PERIOD, SWITCH[PLACE])
SCHEDULE = PlaceSchedule(
    PLACE, PERIOD, np.arange(PERIODS) >= SWITCH[:, None], in_blocks=False, correlation=0.05
)
TRANCHE = np.ones(len(PLACE), dtype=np.int64)


def figures(outcome: Floats, schedule: PlaceSchedule = SCHEDULE) -> ScheduleFigures | None:
    nothing = np.full(len(outcome), np.nan)
    measure = Measure(outcome, nothing, np.zeros(len(outcome), dtype=np.int64), 1)
    return schedule.figures(measure, tranche=TRANCHE, tranches={1})


def outcomes(seed: int, effect: float = 0.4) -> Floats:
    rng = np.random.default_rng(seed)
    shares = 0.3 + effect * TREATED + 0.05 * PERIOD
    return (rng.random(len(PLACE)) < shares).astype(np.float64)


def estimates(found: ScheduleFigures | None) -> PlaceEstimates | None:
    visible = estimate_places(
        SHARE, found, arms=("temoin", "bras"), control="temoin", ratio_as_planned=True
    )
    if visible is None:
        return None
    (contrast,) = visible.contrasts
    return replace(visible, contrasts=(replace(contrast, p=published_p(contrast.p)),))


def test_rounded_estimates_contain_the_exact_ones_and_agree_with_the_verdict() -> None:
    verdicts = set()
    for seed in range(12):
        exact = figures(outcomes(seed, effect=0.1 * (seed % 6)))
        assert exact is not None
        found = estimates(exact)
        assert found is not None
        (contrast,) = found.contrasts
        assert contrast.low is not None
        assert contrast.high is not None
        assert contrast.low <= max(exact.effect.low, 0.0)
        assert contrast.high >= min(exact.effect.high, 1.0)
        assert (contrast.verdict == "favorable") == (contrast.low >= 0)
        assert contrast.estimate is not None
        assert abs(contrast.estimate - (found.levels[1] - found.levels[0])) < 1e-9
        verdicts.add(contrast.verdict)
    assert verdicts == {"favorable", "non concluant"}


def test_what_is_disclosed_does_not_reveal_the_people_of_one_place() -> None:
    """Somebody knows what everybody did, but the people of one place. In each period these could
    have done three things at least, without any figure being different."""
    outcome = outcomes(1)
    seen, of_place = estimates(figures(outcome)), np.flatnonzero(np.equal(PLACE, 3))
    alike: list[set[int]] = [set() for _ in range(PERIODS)]
    for did in np.random.default_rng(1).permutation(list(product(range(6), repeat=PERIODS))):
        other = outcome.copy()
        other[of_place] = (np.arange(PEOPLE) < did[:, None]).ravel()
        if estimates(figures(other)) == seen:
            for period, each in enumerate(did):
                alike[period].add(int(each))
        if all(len(each) >= 3 for each in alike):
            break
    assert all(len(each) >= 3 for each in alike), alike


def test_too_few_places_and_equal_outcomes_are_not_disclosed() -> None:
    assert estimates(figures(np.ones(len(PLACE)))) is None
    assert estimates(figures(np.full(len(PLACE), np.nan))) is None
    some = replace(SCHEDULE, place=np.where(PLACE < 3, PLACE, -1))
    assert estimates(figures(outcomes(1), some)) is None
    # People in no period do not count.
    late = replace(SCHEDULE, period=np.where(PERIOD < 1, PERIOD, -1))
    assert figures(outcomes(1), late) is None


def test_answers_that_differ_conclude_nothing() -> None:
    outcome = outcomes(1)
    outcome[TREATED & (np.arange(len(outcome)) % PEOPLE > 1)] = np.nan
    found = estimates(figures(outcome))
    assert found is not None
    assert found.contrasts[0].answers_differ
    assert found.contrasts[0].verdict == "non concluant"


def test_people_without_the_arm_of_their_place_are_noticed() -> None:
    assert SCHEDULE.agrees(TREATED)
    other = TREATED.copy()
    other[0] = not other[0]
    assert not SCHEDULE.agrees(other)
    # Of who does not count, the arm is no matter.
    unknown = replace(SCHEDULE, place=np.where(np.arange(len(PLACE)) == 0, -1, PLACE))
    assert unknown.agrees(other)


def test_figures_are_stored_and_go_with_their_tranches() -> None:
    found = figures(outcomes(1))
    assert found is not None
    unbounded = replace(found, effect=replace(found.effect, low=-inf, high=inf))
    for each in (found, unbounded):
        disclosed = DisclosedFigures(1, {1: (80, 80)}, by_place={"m": each})
        stored = disclosed_from_json(disclosed_to_json(disclosed))
        assert stored.by_place == disclosed.by_place
        assert drop_broken(stored, {1}).by_place == {}
    visible = estimates(unbounded)
    assert visible is not None
    assert (visible.contrasts[0].low, visible.contrasts[0].high) == (-1.0, 1.0)

"""What a trial that draws places discloses: nothing of one place."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from pilotes.disclosure.domain.measure import Measure
from pilotes.disclosure.domain.places import PlaceFigures, has_split_place, place_figures
from pilotes.disclosure.domain.tranches import DisclosedFigures, drop_broken
from pilotes.record.domain.protocol import Indicator
from pilotes.results.adapters.disclosed_json import disclosed_from_json, disclosed_to_json
from pilotes.results.domain.place_estimates import PlaceEstimates, estimate_places, published_p
from pilotes.statistics.domain.place_means import PlaceSums, place_difference

SHARE = Indicator("part", "A suivi", "proportion", "use:board-watched", "up", "primary", 0.5, 0.7)
ARMS = ("temoin", "bras")


PEOPLE = 20
"""Of each place."""


def place_sums(shares: Sequence[float], people: Sequence[int] = ()) -> PlaceSums:
    """Places with these shares of 1. `people`: of each place; empty: `PEOPLE`."""
    sizes = people or [PEOPLE] * len(shares)
    outcome = [
        float(at < round(share * many))
        for share, many in zip(shares, sizes, strict=True)
        for at in range(many)
    ]
    return PlaceSums.of(np.array(outcome), np.repeat(np.arange(len(sizes)), sizes))


def figures(*arms: Sequence[float]) -> PlaceFigures:
    """Shares of the places of each arm, where everybody has an outcome."""
    answers = tuple(place_sums([1.0] * len(each)) for each in arms)
    return PlaceFigures(frozenset({1}), tuple(place_sums(each) for each in arms), answers)


def estimates(found: PlaceFigures | None, *, as_planned: bool = True) -> PlaceEstimates | None:
    return estimate_places(SHARE, found, arms=ARMS, control="temoin", ratio_as_planned=as_planned)


CONTROL, ARM = [0.3, 0.35, 0.4, 0.35], [0.6, 0.65, 0.7, 0.6]


def test_nothing_is_disclosed_with_three_places_or_of_equal_outcomes() -> None:
    assert estimates(None) is None
    assert estimates(figures(CONTROL[:3], ARM)) is None
    assert estimates(figures([1.0] * 4, ARM)) is None
    assert estimates(figures(CONTROL, ARM)) is not None


def test_a_clear_difference_is_favourable_unless_the_arms_cannot_be_compared() -> None:
    found = estimates(figures(CONTROL, ARM))
    assert found is not None
    (contrast,) = found.contrasts
    assert contrast.verdict == "favorable"
    assert contrast.estimate == 0.3
    assert (contrast.low, contrast.high, published_p(contrast.p)) == (0.1, 0.5, 0.01)
    mixed = estimates(figures(CONTROL, ARM), as_planned=False)
    assert mixed is not None
    assert mixed.contrasts[0].verdict == "non concluant"


def test_a_rounded_interval_contains_the_exact_one_and_agrees_with_the_verdict() -> None:
    rng = np.random.default_rng(20_261_128)
    verdicts = set()
    for _ in range(200):
        found = figures(rng.uniform(0.2, 0.5, 5).tolist(), rng.uniform(0.3, 0.7, 5).tolist())
        exact, disclosed = place_difference(found.outcomes[1], found.outcomes[0]), estimates(found)
        assert exact is not None
        assert disclosed is not None
        (contrast,) = disclosed.contrasts
        assert contrast.low is not None
        assert contrast.high is not None
        assert contrast.low <= max(exact.low, 0.0)
        assert contrast.high >= exact.high
        assert (contrast.verdict == "favorable") == (contrast.low >= 0)
        assert all(0 <= level <= 1 for level in disclosed.levels)
        verdicts.add(contrast.verdict)
    assert verdicts == {"favorable", "non concluant"}


def test_shares_of_answers_that_differ_conclude_nothing() -> None:
    answers = tuple(place_sums(each) for each in ([0.9, 0.95, 0.9, 0.9], [0.5] * 4))
    found = estimates(replace(figures(CONTROL, ARM), answers=answers))
    assert found is not None
    assert found.contrasts[0].answers_differ
    assert found.contrasts[0].verdict == "non concluant"
    # All answer on one arm, and nobody on the other.
    all_or_none = tuple(place_sums([each] * 4) for each in (1.0, 0.0))
    found = estimates(replace(figures(CONTROL, ARM), answers=all_or_none))
    assert found is not None
    assert found.contrasts[0].answers_differ


@pytest.mark.parametrize("did", [(2, 3, 3, 4), (1, 5, 2, 8), (4, 1, 6, 3)])
def test_what_is_disclosed_does_not_reveal_the_people_of_one_place(did: tuple[int, ...]) -> None:
    """Somebody knows how many people each place has. Whatever one place did, other trials would
    have shown the same numbers."""
    people = (5, 6, 7, 9)
    other = place_sums([0.5, 0.6, 0.4, 0.55])
    answers = (place_sums([1.0] * 4), place_sums([1.0] * 4, people))

    def disclosed_for(successes: tuple[int, ...]) -> PlaceEstimates | None:
        shares = [each / many for each, many in zip(successes, people, strict=True)]
        found = estimates(
            PlaceFigures(frozenset({1}), (other, place_sums(shares, people)), answers)
        )
        if found is None:
            return None
        (contrast,) = found.contrasts
        return replace(found, contrasts=(replace(contrast, p=published_p(contrast.p)),))

    seen = disclosed_for(did)
    assert seen is not None
    alike: list[set[int]] = [set() for _ in people]
    for successes in product(*(range(many + 1) for many in people)):
        if disclosed_for(successes) == seen:
            for place, each in zip(alike, successes, strict=True):
                place.add(each)
    assert all(len(each) >= 3 for each in alike), alike


def test_sums_are_stored_by_arm_and_go_with_their_tranches() -> None:
    outcome = np.array([1.0, 0, 1, 1, 0, np.nan, 1, 0])
    nothing = np.full(8, np.nan)
    measure = Measure(outcome, nothing, np.zeros(8, dtype=np.int64), 1)
    found = place_figures(
        measure,
        arm=np.array([0, 0, 0, 1, 1, 1, 1, 1]),
        tranche=np.array([1, 1, 1, 1, 1, 1, 2, 3]),
        place=np.array([0, 0, 1, 2, 2, 3, 3, 3]),
        arms=2,
        tranches={1, 2},
    )
    assert [(each.places, each.total) for each in found.outcomes] == [(2, 1.5), (2, 1.5)]
    assert [(each.places, each.total) for each in found.answers] == [(2, 2.0), (2, 1.5)]
    disclosed = DisclosedFigures(2, {1: (3, 3), 2: (0, 1)}, by_place={"m": found})
    stored = disclosed_from_json(disclosed_to_json(disclosed))
    assert stored.by_place == disclosed.by_place
    assert drop_broken(stored, {2}).by_place == {}
    assert drop_broken(stored, {3}).by_place == disclosed.by_place


def test_people_of_one_place_on_two_arms_are_noticed() -> None:
    place = np.array([0, 0, 1, -1, -1])
    assert not has_split_place(np.array([0, 0, 1, 0, 1]), place)
    assert has_split_place(np.array([0, 1, 1, 0, 1]), place)
    assert not has_split_place(place[:0], place[:0])

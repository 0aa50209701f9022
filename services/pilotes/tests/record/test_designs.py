"""What a trial draws: the draw of places, the mistakes of a design, and what it can find."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from written_protocols import AT, PILOT, written_protocol

from pilotes.record.adapters.pilot_announcement import pilot_event
from pilotes.record.domain.amendments import substantial_changes, terms_in_force
from pilotes.record.domain.detectable_effects import detectable_effects
from pilotes.record.domain.draws.designs import Design, Place, draw_places, places_by_arm
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.record.domain.protocol_checks import mistakes_of, mistakes_of_amendment

SHARE = Indicator("part", "A suivi", "proportion", "use:board-watched", "up", "primary", 0.5, 0.7)
PLACES = tuple(Place(f"cabinet-{at}", f"Cabinet {at}") for at in range(12))
BY_PLACE = Design("cluster", "Quel est votre cabinet ?", PLACES)
EVEN = {"temoin": 5_000, "bras": 5_000}


def protocol(**given: Any) -> Protocol:
    values: dict[str, Any] = {
        "planned_per_arm": 120,
        "indicators": (SHARE,),
        "ends_at": AT.replace(month=9),
        "design": BY_PLACE,
    }
    return written_protocol(**(values | given))


def test_each_arm_gets_its_part_of_the_places() -> None:
    assert places_by_arm(EVEN, 13) == {"temoin": 7, "bras": 6}
    assert places_by_arm({"a": 3_333, "b": 3_333, "c": 3_334}, 10) == {"a": 3, "b": 3, "c": 4}
    assert places_by_arm({"a": 9_000, "b": 1_000}, 5) == {"a": 5, "b": 0}
    assert places_by_arm({}, 5) == {}


def test_places_are_drawn_evenly_and_again_the_same() -> None:
    drawn = draw_places(b"s" * 32, PLACES, EVEN)
    assert Counter(drawn.values()) == {"temoin": 6, "bras": 6}
    assert drawn == draw_places(b"s" * 32, PLACES[::-1], EVEN)
    # Of 400 salts, each pair of places shares an arm as often as chance has it: 5 in 11.
    draws = [draw_places(f"sel {n}".encode(), PLACES, EVEN) for n in range(400)]
    together = sum(each["cabinet-0"] == each["cabinet-1"] for each in draws)
    first = sum(each["cabinet-0"] == "bras" for each in draws)
    assert abs(together - 400 * 5 / 11) < 40
    assert abs(first - 200) < 40


def test_the_gateway_receives_the_places_with_their_arms() -> None:
    event = pilot_event(PILOT, protocol(), b"s" * 32)
    assert {each.code: each.arm for each in event.places} == draw_places(b"s" * 32, PLACES, EVEN)
    assert pilot_event(PILOT, protocol(), None).places == ()
    assert pilot_event(PILOT, protocol(design=Design()), b"s" * 32).places == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"design": replace(BY_PLACE, question=" ")}, "il manque la question"),
        ({"design": replace(BY_PLACE, places=PLACES[:7])}, "le bras bras recevrait 3 lieux"),
        ({"design": replace(BY_PLACE, places=())}, "recevrait 0 lieux"),
        ({"design": replace(BY_PLACE, places=(*PLACES, PLACES[0]))}, "deux lieux portent le code"),
        (
            {"design": replace(BY_PLACE, places=(*PLACES, Place("x", " cabinet  1")))},
            "deux lieux portent le nom cabinet 1",
        ),
        ({"design": Design(places=PLACES)}, "le tirage est par personne"),
        ({"cluster_size": 3.0}, "laissez cluster_size à 1"),
        ({"indicators": (replace(SHARE, before_days=28),)}, "before_days"),
    ],
)
def test_a_design_that_cannot_conclude_is_refused(changes: dict[str, Any], words: str) -> None:
    assert mistakes_of(protocol()) == ()
    found = mistakes_of(protocol(**changes))
    assert any(words in each for each in found), found


def test_places_and_their_arms_do_not_change_during_a_trial() -> None:
    before = protocol()
    other = replace(before, design=replace(BY_PLACE, places=PLACES[:-1]))
    assert any("design" in each for each in mistakes_of_amendment(before, other))
    weights = (replace(before.arms[0], weight=6_000), replace(before.arms[1], weight=4_000))
    assert any(
        "poids" in each for each in mistakes_of_amendment(before, replace(before, arms=weights))
    )
    changes = substantial_changes(terms_in_force(PILOT, before), terms_in_force(PILOT, other))
    assert changes == ("ce qui est tiré au sort",)


def test_more_places_show_more_and_people_of_one_place_count_less() -> None:
    (few,) = detectable_effects(protocol())
    more = tuple(Place(f"c-{at}", f"C {at}") for at in range(24))
    (many,) = detectable_effects(protocol(design=replace(BY_PLACE, places=more)))
    (alone,) = detectable_effects(protocol(design=Design()))
    assert few.smallest is not None
    assert many.smallest is not None
    assert alone.smallest is not None
    assert 0.2 < many.smallest < few.smallest < 0.4
    assert "Avec 6 lieux, 120 personnes en tout, par groupe" in few.sentence
    # A guardrail is watched every day: with Kish's design effect of uneven places.
    assert protocol().people_by_place == 20
    assert protocol().design_effect == pytest.approx(1 + (20 * 1.16 - 1) * 0.05)

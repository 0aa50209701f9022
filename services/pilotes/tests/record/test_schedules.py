"""A stepped wedge: the draw of the dates, the periods, the mistakes, and what it can find."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from written_protocols import AT, PILOT, written_protocol

from pilotes.record.adapters.pilot_announcement import pilot_event
from pilotes.record.domain.amendments import substantial_changes, terms_in_force
from pilotes.record.domain.detectable_effects import detectable_effects
from pilotes.record.domain.draws.designs import Design, Place
from pilotes.record.domain.draws.schedule_checks import mistake_of_opening
from pilotes.record.domain.draws.schedules import (
    draw_schedule,
    period_of,
    places_of_dates,
    share_that_counts,
)
from pilotes.record.domain.gates import Dossier, missing_for_amendment, missing_requirements
from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.record.domain.protocol_checks import mistakes_of, mistakes_of_amendment

DAY = timedelta(days=1)
SHARE = Indicator("part", "A suivi", "proportion", "use:board-watched", "up", "primary", 0.5, 0.7)
PLACES = tuple(Place(f"cabinet-{at}", f"Cabinet {at}") for at in range(8))
SWITCHES = tuple(AT + 40 * at * DAY for at in (1, 2, 3))
WEDGE = Design("stepped_wedge", "Quel est votre cabinet ?", PLACES, switches=SWITCHES)
SALT = b"s" * 32


def protocol(**given: Any) -> Protocol:
    values: dict[str, Any] = {
        "planned_per_arm": 160,
        "indicators": (SHARE,),
        "ends_at": AT + 160 * DAY,
        "design": WEDGE,
    }
    return written_protocol(**(values | given))


def first_of(treated: tuple[bool, ...]) -> int:
    """The first period with the arm."""
    return treated.index(True)


def test_each_date_gets_its_part_of_the_places() -> None:
    assert places_of_dates(8, 3) == (3, 3, 2)
    assert places_of_dates(8, 0) == ()
    drawn = draw_schedule(SALT, protocol())
    assert drawn.edges == (AT, *SWITCHES, AT + 160 * DAY)
    assert list(drawn.treated) == [each.code for each in PLACES]
    assert Counter(map(first_of, drawn.treated.values())) == {1: 3, 2: 3, 3: 2}
    assert all(
        each[first_of(each) :] == (True,) * (4 - first_of(each)) for each in drawn.treated.values()
    )
    assert draw_schedule(SALT, protocol()) == drawn
    # Of 400 salts, a place has each date as often as chance has it.
    dates = Counter(first_of(draw_schedule(f"{n}".encode(), protocol()).treated[PLACES[0].code])
                    for n in range(400))  # fmt: skip
    assert all(abs(dates[date] - 400 * part / 8) < 40 for date, part in ((1, 3), (2, 3), (3, 2)))


def test_the_gateway_receives_one_switch_of_each_place() -> None:
    event = pilot_event(PILOT, protocol(), SALT)
    drawn = draw_schedule(SALT, protocol())
    assert {each.code for each in event.places} == set(drawn.treated)
    for place in event.places:
        (switch,) = place.switches
        assert (place.arm, switch.arm) == ("temoin", "bras")
        assert switch.at == drawn.edges[first_of(drawn.treated[place.code])]


def test_a_person_counts_in_the_period_that_contains_their_observation() -> None:
    edges = (AT, *SWITCHES, AT + 160 * DAY)
    days = (-1, 0, 12, 12.01, 40, 40.9, 41, 80, 131.9, 132, 133)
    first = np.array([(AT + each * DAY).timestamp() for each in days]).astype(np.int64)
    found = period_of(first, edges, protocol(design=replace(WEDGE, washout_hours=24)))
    # 28 days of observation; the first 24 hours after a date do not count, those of the start do.
    assert found.tolist() == [-1, 0, 0, -1, -1, -1, 1, -1, 3, 3, -1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"design": replace(WEDGE, switches=SWITCHES[:2])}, "il en faut de 3 à 12"),
        ({"design": replace(WEDGE, switches=())}, "dates de bascule (switches) : 0"),
        (
            {"design": replace(WEDGE, switches=(*SWITCHES, SWITCHES[-1]))},
            "2 tombent le 30 juin 2026, il en faut une par jour au plus",
        ),
        # On two days in UTC, on one in France.
        (
            {"design": replace(WEDGE, switches=(*SWITCHES, SWITCHES[-1] - timedelta(hours=9.5)))},
            "2 tombent le 30 juin 2026, il en faut une par jour au plus",
        ),
        ({"design": replace(WEDGE, switches=SWITCHES[::-1])}, "se suivent, entre le début et la"),
        ({"ends_at": SWITCHES[-1] + 28 * DAY}, "la période qui commence le 30 juin 2026 est trop"),
        ({"design": replace(WEDGE, washout_hours=24 * 12)}, "après 288 heures qui ne comptent pas"),
        ({"design": replace(WEDGE, places=PLACES[:7])}, "il en faut au moins 8, dont 2 à chaque"),
        ({"design": replace(WEDGE, question="")}, "il manque la question"),
        ({"design": replace(WEDGE, kind="cluster")}, "ne valent que pour un essai en escalier"),
        ({"design": Design(washout_hours=1)}, "rien ne bascule"),
        ({"arms": (Arm("temoin", "", 6_000), Arm("bras", "", 4_000))}, "deux bras du même poids"),
        (
            {"indicators": (SHARE, replace(SHARE, id="g", role="guardrail", bound=-0.1))},
            "un essai dont les lieux basculent n'a pas de garde-fou",
        ),
        ({"looks": (0.5, 1.0)}, "laissez looks vide"),
    ],
)
def test_a_wedge_that_cannot_conclude_is_refused(changes: dict[str, Any], words: str) -> None:
    assert mistakes_of(protocol()) == ()
    found = mistakes_of(protocol(**changes))
    assert any(words in each for each in found), found


def test_many_places_and_dates_are_refused_together() -> None:
    many = tuple(Place(f"c-{at}", f"C {at}") for at in range(251))
    found = mistakes_of(protocol(design=replace(WEDGE, places=many)))
    assert any("plus que 1000 lieux fois périodes" in each for each in found), found


def test_the_dates_do_not_change_during_a_trial_and_are_substantial_before() -> None:
    before = protocol()
    moved = (*SWITCHES[:2], SWITCHES[2] + DAY)
    other = replace(before, design=replace(WEDGE, switches=moved))
    assert any("design" in each for each in mistakes_of_amendment(before, other))
    changes = substantial_changes(terms_in_force(PILOT, before), terms_in_force(PILOT, other))
    assert changes == ("ce qui est tiré au sort",)
    # The end can move, but not into the last period.
    short = replace(before, ends_at=SWITCHES[-1] + DAY)
    assert any("trop courte" in each for each in mistakes_of_amendment(before, short))
    assert mistakes_of_amendment(before, replace(before, ends_at=AT + 200 * DAY)) == ()


def test_more_places_and_more_dates_show_more() -> None:
    (few,) = detectable_effects(protocol(planned_per_arm=480))
    more = tuple(Place(f"c-{at}", f"C {at}") for at in range(24))
    (many,) = detectable_effects(
        protocol(planned_per_arm=1_440, design=replace(WEDGE, places=more))
    )
    assert few.smallest is not None
    assert many.smallest is not None
    assert 0.1 < many.smallest < few.smallest < 0.5
    size = (
        "Avec 8 lieux, 3 dates et 960 personnes en tout, dont 288 comptent si les inscriptions sont"
    )
    assert size in few.sentence
    (none,) = detectable_effects(protocol(design=replace(WEDGE, places=PLACES[:6])))
    assert none.smallest is None
    assert "il faut au moins 8 lieux et 3 dates" in none.sentence


def test_the_promise_counts_those_whose_observation_is_in_one_period() -> None:
    """Of people who enrol at an even rate, as the analysis counts them."""
    trial = protocol(planned_per_arm=480, design=replace(WEDGE, washout_hours=24))
    first = np.linspace(AT.timestamp(), trial.ends_at.timestamp(), 16_001)[:-1].astype(np.int64)
    counted = period_of(first, (AT, *SWITCHES, trial.ends_at), trial) >= 0
    assert abs(counted.mean() - share_that_counts(trial)) < 0.001
    assert share_that_counts(trial) == pytest.approx((12 + 3 * 11) / 160, abs=0.001)
    (effect,) = detectable_effects(trial)
    assert effect.per_arm == 960 * 45 / 160 / 2
    (longer,) = detectable_effects(replace(trial, indicators=(replace(SHARE, window_days=7),)))
    assert effect.smallest is not None
    assert longer.smallest is not None
    assert longer.smallest < effect.smallest
    # Less than one person of a place in a period.
    (few,) = detectable_effects(replace(trial, planned_per_arm=50))
    assert (few.smallest, few.per_arm) == (None, 14)
    assert "dont 28 comptent" in few.sentence


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (-1, None),
        (11, None),
        (12, "la période qui commence le 14 mars 2026 est trop courte"),
        (41, "les dates de bascule (switches) se suivent"),
    ],
)
def test_a_wedge_opens_while_all_its_dates_are_to_come(late: int, words: str | None) -> None:
    found = mistake_of_opening(protocol(), AT + late * DAY)
    if words is None:
        assert found is None
    else:
        assert found is not None
        assert words in found
        assert found.startswith("L'essai ouvrirait trop tard : ")


def test_the_gate_of_the_trial_looks_at_the_dates_and_amendments_do_not() -> None:
    pilot = replace(PILOT, stage="opinion")
    dossier = Dossier(pilot, protocol(), True, "", {}, frozenset(), None, {}, AT + 41 * DAY)
    missing = {each.evidence: each.sentence for each in missing_requirements("trial", dossier)}
    assert "L'essai ouvrirait trop tard" in missing["dates"]
    running = replace(dossier, pilot=PILOT, amended=protocol())
    assert "dates" not in {each.evidence for each in missing_for_amendment(running)}

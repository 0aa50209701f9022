"""Departures, dates and distances as people read them."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from portail.api import quantities, words
from portail.api.words import line_of
from portail.domain.board import Carriage, Departure
from portail.domain.stops import Route
from socle.pages import answering, page_request, typeset

PARIS = timezone(timedelta(hours=1))
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=PARIS)


def departure(minutes: float, state: str, delay: int | None = None, **members: Any) -> Departure:
    """One that is scheduled in some minutes."""
    scheduled = NOW + timedelta(minutes=minutes)
    predicted = None if delay is None else scheduled + timedelta(seconds=delay)
    members = {"route": Route("tao:A", "A"), "headsign": "Hôpital", **members}
    return Departure(
        "t", state=state, scheduled=scheduled, predicted=predicted, delay=delay, **members
    )


def line(departed: Departure) -> words.Line:
    assert departed.due is not None
    return line_of(departed, departed.due, NOW)


@pytest.mark.parametrize(
    ("departed", "state", "countdown", "struck"),
    [
        (departure(5, "predicted", 0), "à l’heure", "5 min", None),
        (departure(5, "predicted", 59), "à l’heure", "5 min", None),
        (departure(5, "predicted", 60), "retard 1 min", "6 min", "09:05"),
        (departure(5, "predicted", 250), "retard 4 min", "9 min", "09:05"),
        (departure(5, "predicted", -130), "avance 2 min", "2 min", "09:05"),
        (departure(0.5, "predicted", 0), "à l’heure", "imminent", None),
        (departure(90, "predicted", 0), "à l’heure", None, None),
        (departure(5, "scheduled"), "horaire théorique", None, None),
        (departure(5, "no_data"), "pas de temps réel", None, None),
        (departure(5, "stale"), "temps réel interrompu", None, None),
        (departure(5, "cancelled"), "supprimé", None, "09:05"),
        (departure(5, "skipped"), "arrêt non desservi", None, "09:05"),
        (departure(5, "added", 0), "départ supplémentaire", "5 min", None),
        (departure(5, "added", modified=True), "arrêt de remplacement", None, None),
        (departure(5, "of another day"), "horaire théorique", None, None),
    ],
)
def test_a_state_in_words(
    departed: Departure, state: str, countdown: str | None, struck: str | None
) -> None:
    read = line(departed)
    plain = (
        text and text.replace("\N{NO-BREAK SPACE}", " ") for text in (read.state, read.countdown)
    )
    assert list(plain) == [state, countdown]
    assert (read.struck and words.clock(read.struck)) == struck


def test_a_track_is_not_a_platform_and_its_change_is_announced() -> None:
    train = Route("sncf:k", "K", type=2)
    read = line(departure(5, "predicted", 0, route=train, platform_code="3"))
    assert (read.platform, read.platform_before) == ("voie\N{NO-BREAK SPACE}3", None)
    moved = departure(5, "predicted", 0, platform_code="B", scheduled_platform_code="A")
    assert line(moved).platform == "quai\N{NO-BREAK SPACE}B"
    assert line(moved).platform_before == "au lieu de A"


def test_notes_for_travellers() -> None:
    notes = line(departure(5, "predicted", 0, ends_at="Mairie", occupancy="FULL")).notes
    assert notes == (f"terminus exceptionnel{chr(0xA0)}: Mairie", "complet")
    assert line(departure(5, "scheduled", pickup="phone_agency")).notes == ("sur réservation",)
    assert line(departure(5, "scheduled", occupancy="no idea")).notes == ()
    for state in ("scheduled", "skipped", "added"):
        assert line(departure(5, state, modified=True)).notes == ("itinéraire dévié",)
    assert line(departure(5, "scheduled")).access == "accès non connu"


def occupancy(*carriages: Carriage) -> str | None:
    text = line(departure(5, "predicted", 0, carriages=carriages)).carriages
    return text and text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_occupancy_of_carriages_in_words() -> None:
    seats, full = Carriage(occupancy="many_seats_available"), Carriage(occupancy="full")
    assert occupancy(seats, seats, seats, full) == (
        "voitures, de l’avant à l’arrière – 1 à 3 : beaucoup de places assises ; 4 : complet"
    )
    named = replace(seats, label="B"), Carriage("C", occupancy_percentage=80), Carriage("D")
    assert occupancy(Carriage("A", "full"), *named) == (
        "voitures, de l’avant à l’arrière – A : complet ; B : beaucoup de places assises ; "
        "C : rempli à 80 % ; D : affluence inconnue"
    )
    assert occupancy() is None
    assert occupancy(Carriage("A"), Carriage("B")) is None
    assert line(departure(5, "cancelled", carriages=(full,))).carriages is None


def test_a_word_after_a_colon() -> None:
    causes = ("Problème technique", "SNCF Réseau", "", "A")
    assert [words.lower_first(each) for each in causes] == [
        "problème technique",
        "SNCF Réseau",
        "",
        "A",
    ]


def test_days() -> None:
    assert line(departure(60, "scheduled")).day is None
    assert line(departure(15 * 60, "scheduled")).day == "demain"
    assert line(departure(48 * 60 + 15 * 60, "scheduled")).day == "jeudi 5 mars"
    assert words.weekday(datetime(2026, 8, 1, tzinfo=PARIS)) == "samedi 1er août"


def test_periods() -> None:
    later = NOW + timedelta(days=1, hours=9)
    assert words.period(NOW, NOW + timedelta(hours=9)) == "le lundi 2 mars de 09:00 à 18:00"
    assert words.period(NOW, later) == "du lundi 2 mars à 09:00 au mardi 3 mars à 18:00"
    assert words.period(NOW, None) == "à partir du lundi 2 mars à 09:00"
    assert words.period(None, later) == "jusqu’au mardi 3 mars à 18:00"
    day = NOW.replace(hour=0)
    assert words.period(day, day + timedelta(days=1)) == "le lundi 2 mars"
    week = "du lundi 2 mars au dimanche 8 mars inclus"
    assert words.period(day, day + timedelta(days=7)) == week
    assert words.period(day, None) == "à partir du lundi 2 mars"
    assert words.period(None, None) == "sans date de fin annoncée"


def test_ages_and_distances() -> None:
    ages = [words.age(NOW - timedelta(seconds=s), NOW) for s in (-5, 20, 60, 3599, 7300)]
    distances = [quantities.distance(d) for d in (4.0, 347.2, 1234.0)]
    departed = [text.replace("\N{NO-BREAK SPACE}", " ") for text in (*ages, *distances)]
    assert departed == ["0 s", "20 s", "1 min", "59 min", "2 h", "0 m", "350 m", "1,2 km"]


def test_none_is_singular_in_french_alone() -> None:
    assert [quantities.is_singular(each) for each in (0, 1, 2)] == [True, True, False]
    with answering(replace(page_request(), language="en")):
        assert [quantities.is_singular(each) for each in (0, 1, 2)] == [False, True, False]


def test_masses_and_prices() -> None:
    for milligrams, text in (
        (0, "0 g"),
        (20, "20 mg"),
        (999.7, "1 g"),
        (84_000, "84 g"),
        (423_000, "420 g"),
        (996_000, "1,0 kg"),
        (1_290_000, "1,3 kg"),
    ):
        assert quantities.mass(milligrams).replace("\N{NO-BREAK SPACE}", " ") == text
    for amount, currency, text in (
        (1.8, "EUR", "1,80 €"),
        (2.0, "EUR", "2 €"),
        (0.0, "EUR", "0 €"),
        (3.5, "CHF", "3,50 CHF"),
    ):
        assert quantities.price(amount, currency).replace("\N{NO-BREAK SPACE}", " ") == text


def test_french_spacing_and_apostrophes() -> None:
    assert typeset("l'arrêt d'« Or » n'a pas 'ça'") == (
        "l’arrêt d’«\N{NO-BREAK SPACE}Or\N{NO-BREAK SPACE}» n’a pas 'ça'"
    )
    assert typeset("« Où ? »") == "«\N{NO-BREAK SPACE}Où\N{NO-BREAK SPACE}?\N{NO-BREAK SPACE}»"

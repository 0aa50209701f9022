"""Nights and long waits of journeys, in the language of the request."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from portail.api import quantities, words
from portail.api.texts import texts_of
from portail.domain.journeys import Journey
from socle.pages import typeset

_LONG: Final = 3600
"""Seconds of a wait that people have to know before they choose."""
_NIGHT_ENDS: Final = 5
"""The hour."""
_MORNING_ENDS: Final = 12


def longest_wait(journey: Journey) -> str | None:
    """« 6 h 12 d’attente à Orléans »; None without a long one."""
    waits = [
        (int((after.departure - before.arrival).total_seconds()), after.start.name)
        for before, after in pairwise(journey.legs)
        if after.route is not None and after.booking is None
    ]
    seconds, place = max(waits, key=lambda each: each[0], default=(0, None))
    if seconds < _LONG:
        return None
    texts, length = texts_of("itineraires"), quantities.duration(seconds)
    if not place:
        return texts["attente"].format(duree=length)
    return texts["attente_a"].format(duree=length, lieu=typeset(place))


def day_or_night(departure: datetime, now: datetime) -> str | None:
    """« cette nuit », « demain »; None for today."""
    if _is_tonight(departure, now.date()):
        return texts_of("itineraires")["cette_nuit"]
    return words.day_of(departure, now)


def first_of_another_day(departure: datetime, wanted: date, now: datetime) -> str:
    """« cette nuit à 01:18 », « demain matin à 06:45 », « mardi 3 mars à 06:45 ». `wanted`: the day
    that people wish."""
    texts = texts_of("itineraires")
    if wanted == now.date() and _is_tonight(departure, wanted):
        day = texts["cette_nuit"]
    elif departure.date() == now.date() + timedelta(days=1) and departure.hour < _MORNING_ENDS:
        day = texts["demain_matin"]
    else:
        day = words.weekday(departure)
    return words.at_clock(day, departure)


def _is_tonight(departure: datetime, today: date) -> bool:
    return departure.date() == today + timedelta(days=1) and departure.hour < _NIGHT_ENDS

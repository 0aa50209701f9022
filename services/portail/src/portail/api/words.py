"""Departures and dates as text, in the language of the request."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import groupby
from typing import Final, Literal

from portail.api.texts import texts_of
from portail.domain.board import Carriage, Departure, minutes_of_delay, minutes_until
from portail.domain.stops import Route
from socle.dates import day_and_month
from socle.pages import Texts, page_request, typeset

Tone = Literal["good", "late", "gone", "quiet"]
_TRACK_ROUTE_TYPES: Final = frozenset({2}) | frozenset(range(100, 118))
"""GTFS route types of trains, whose platform is called « voie » rather than « quai »."""
_SPACE: Final = "\N{NO-BREAK SPACE}"
_COUNTDOWN_MINUTES: Final = 60
"""A departure in so many minutes or more has no countdown, only its clock time."""


@dataclass(frozen=True, slots=True)
class Line:
    """The view of one departure on a board; its texts are in the language of the request."""

    departure: Departure
    key: str
    """The id of its HTML element."""
    due: datetime
    day: str | None
    """None for today."""
    countdown: str | None
    """None if only the clock time is displayed."""
    struck: datetime | None
    """The scheduled time, to be struck through; None if it is the valid one."""
    state: str
    tone: Tone
    """The colour of `state`."""
    platform: str | None
    platform_before: str | None
    """The scheduled platform, if it has changed."""
    notes: tuple[str, ...]
    """Other facts a traveller needs."""
    access: str
    """Whether the vehicle is accessible to wheelchairs."""
    carriages: str | None
    """The occupancy of its carriages; None if that of none is known."""


def line_of(departure: Departure, due: datetime, now: datetime) -> Line:
    """The view of a departure at `now`. `due`: its predicted, else scheduled time."""
    texts = texts_of()
    state, tone = state_of(departure.state, departure.delay, modified=departure.modified)
    moved = minutes_of_delay(departure.delay or 0) != 0
    platform, before = _platform(departure, texts)
    return Line(
        departure,
        key="d-" + short_hash(repr(departure.key)),
        due=due,
        day=day_of(due, now),
        countdown=_countdown(departure, due, now, texts),
        struck=departure.scheduled if moved or not departure.runs else None,
        state=state,
        tone=tone,
        platform=platform,
        platform_before=before,
        notes=_notes(departure, texts),
        access=texts[f"acces_{departure.wheelchair}"]
        if departure.wheelchair in ("yes", "no")
        else texts["acces_unknown"],
        carriages=_carriages(departure.carriages, texts) if departure.runs else None,
    )


def state_of(state: str, delay: int | None, *, modified: bool = False) -> tuple[str, Tone]:
    """The state of a call in words, as the API names it. `delay`: in seconds; None without a
    prediction. `modified`: whether a detour changes its run."""
    texts = texts_of()
    match state:
        case "cancelled":
            return texts["supprime"], "gone"
        case "skipped":
            return texts["non_desservi"], "gone"
        case "no_data":
            return texts["sans_temps_reel"], "quiet"
        case "stale":
            return texts["perime"], "quiet"
        case "scheduled":
            return texts["theorique"], "quiet"
        case "added":
            return texts["arret_remplacement" if modified else "ajoute"], "late"
    if delay is None:
        return texts["theorique"], "quiet"
    return _punctuality(minutes_of_delay(delay), texts)


def _punctuality(minutes: int, texts: Texts) -> tuple[str, Tone]:
    if minutes == 0:
        return texts["a_l_heure"], "good"
    name = "retard" if minutes > 0 else "avance"
    if abs(minutes) == 1:
        return texts[f"{name}_un"], "late"
    return texts[name].format(n=abs(minutes)), "late"


def _countdown(departure: Departure, due: datetime, now: datetime, texts: Texts) -> str | None:
    """« 5 min »; None unless the time is predicted and near."""
    if departure.predicted is None or not departure.runs:
        return None
    minutes = minutes_until(due, now)
    if minutes >= _COUNTDOWN_MINUTES:
        return None
    return texts["minutes"].format(n=minutes) if minutes else texts["imminent"]


def _platform(departure: Departure, texts: Texts) -> tuple[str | None, str | None]:
    """The platform, and the scheduled one if it has changed."""
    code = departure.platform_code
    if not code:
        return None, None
    name = platform_name(code, departure.route)
    before = departure.scheduled_platform_code
    moved = before is not None and before != code
    return name, texts["au_lieu_de"].format(code=before) if moved else None


def platform_name(code: str, route: Route) -> str:
    """« voie 2 » for a train, « quai 2 » otherwise."""
    return texts_of()["voie" if route.type in _TRACK_ROUTE_TYPES else "quai"].format(code=code)


def destination(departure: Departure) -> str:
    """Where a departure goes."""
    return typeset(departure.headsign) or texts_of()["destination_inconnue"]


def _notes(departure: Departure, texts: Texts) -> tuple[str, ...]:
    notes = []
    if departure.ends_at is not None and departure.runs:
        notes.append(texts["limite"].format(arret=typeset(departure.ends_at)))
    if departure.modified:
        notes.append(texts["devie"])
    if departure.outside_timetable and departure.state != "added":
        notes.append(texts["ajoute"])
    if departure.pickup == "none" and departure.runs:
        notes.append(texts["sans_montee"])
    if departure.pickup == "phone_agency":
        notes.append(texts["a_la_demande"])
    if departure.pickup == "coordinate_with_driver":
        notes.append(texts["avec_le_conducteur"])
    if departure.approximate and departure.predicted is None and departure.runs:
        notes.append(texts["approximatif"])
    if departure.estimated and departure.predicted is not None and departure.runs:
        notes.append(texts["estime"])
    occupancy = texts.get(f"affluence_{(departure.occupancy or '').lower()}")
    if occupancy and departure.runs:
        notes.append(occupancy)
    return tuple(notes)


def _carriages(carriages: Sequence[Carriage], texts: Texts) -> str | None:
    """« voitures, de l’avant à l’arrière – 1 à 3 : beaucoup de places assises ; 4 : complet »;
    None if the occupancy of none is known."""
    described = [
        (each.label or str(place), _occupancy(each, texts))
        for place, each in enumerate(carriages, start=1)
    ]
    if not any(occupancy for _, occupancy in described):
        return None
    parts = []
    for occupancy, group in groupby(described, key=lambda each: each[1]):
        names = [typeset(name) for name, _ in group]
        several = texts["voitures_de_a"].format(premiere=names[0], derniere=names[-1])
        name = several if len(names) > 1 else names[0]
        known = occupancy or texts["affluence_inconnue"]
        parts.append(texts["voiture"].format(nom=name, affluence=known))
    listed = reduce(lambda one, other: texts["voitures_puis"].format(one, other), parts)
    return texts["voitures"].format(liste=listed)


def _occupancy(carriage: Carriage, texts: Texts) -> str | None:
    """The occupancy of a carriage; None if it is unknown."""
    if carriage.occupancy is None and carriage.occupancy_percentage is not None:
        return texts["affluence_pourcent"].format(n=carriage.occupancy_percentage)
    return texts.get(f"affluence_{carriage.occupancy}")


def day_of(instant: datetime, now: datetime) -> str | None:
    """The day of an instant: « demain », « lundi 3 mars »; None for today."""
    days = (instant.date() - now.astimezone(instant.tzinfo).date()).days
    if days <= 0:
        return None
    return texts_of()["demain"] if days == 1 else weekday(instant)


def weekday(instant: date) -> str:
    """« lundi 3 mars »."""
    name = texts_of()["jours"].split()[instant.weekday()]
    return f"{name} {day_and_month(instant, page_request().language)}"


def short_hash(name: str) -> str:
    """A short hash of an id, for HTML ids and anchors, in which not all characters are allowed."""
    return hashlib.blake2b(name.encode(), digest_size=6).hexdigest()


def lower_first(text: str) -> str:
    """The text with a lower-case first letter, for use in a sentence; acronyms are unchanged."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def upper_first(text: str) -> str:
    """The text with an upper-case first letter, for the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def clock(instant: datetime) -> str:
    """« 14:32 »."""
    return f"{instant:%H:%M}"


def age(since: datetime, now: datetime) -> str:
    """How long ago an instant was, in one unit: « 20 s », « 4 min », « 2 h »."""
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < 60:
        return f"{seconds}{_SPACE}s"
    if seconds < 3600:
        return f"{seconds // 60}{_SPACE}min"
    return f"{seconds // 3600}{_SPACE}h"


def period(start: datetime | None, end: datetime | None) -> str:
    """« du lundi 3 mars à 08:00 au mardi 4 mars à 18:00 ».

    `start`, `end`: None if open. Full days, from midnight to midnight, are written without times.
    """
    texts = texts_of()
    if start is not None and end is not None:
        if _is_midnight(start) and _is_midnight(end):
            return _days(start, end - timedelta(days=1), texts)
        if start.date() == end.date():
            parts = {"jour": weekday(start), "debut": clock(start), "fin": clock(end)}
            return texts["le_de_a"].format(**parts)
        return texts["du_au"].format(debut=moment(start), fin=moment(end))
    if start is not None:
        since = weekday(start) if _is_midnight(start) else moment(start)
        return texts["a_partir"].format(debut=since)
    return texts["sans_fin"] if end is None else texts["jusqu_a"].format(fin=moment(end))


def _days(first: datetime, last: datetime, texts: Texts) -> str:
    if first.date() >= last.date():
        return texts["le_jour"].format(jour=weekday(first))
    return texts["du_au_jours"].format(debut=weekday(first), fin=weekday(last))


def moment(instant: datetime) -> str:
    """« lundi 3 mars à 08:00 »."""
    return at_clock(weekday(instant), instant)


def at_clock(day: str, instant: datetime) -> str:
    """« demain à 08:00 ». `day`: the day of the instant in words."""
    return texts_of()["moment"].format(jour=day, heure=clock(instant))


def alert_count(disrupting: Iterable[bool]) -> str:
    """« 2 perturbations, 1 information »: for each alert, whether it is a disruption."""
    texts, counts = texts_of(), Counter(disrupting)
    named = ((True, "combien_perturbations"), (False, "combien_informations"))
    return ", ".join(
        texts[f"{name}_une"] if counts[disrupts] == 1 else texts[name].format(n=counts[disrupts])
        for disrupts, name in named
        if counts[disrupts]
    )


def _is_midnight(instant: datetime) -> bool:
    return (instant.hour, instant.minute, instant.second) == (0, 0, 0)

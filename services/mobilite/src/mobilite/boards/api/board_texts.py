"""The sentences of a board, in French and English: why it is empty, the state of its real time."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from mobilite.boards.domain.departures import DAYS_AHEAD
from mobilite.boards.flows.show_departures import Board
from mobilite.http.api.languages import TextLanguage
from socle.dates import day_and_month

TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "later": "Plus de départ le {requested} : le prochain est le {next} à {time}.",
        "never_boards": "Aucune ligne ne prend de voyageurs à cet arrêt dans les horaires actuels.",
        "after_timetable": "Les horaires de ce réseau s'arrêtent le {date}.",
        "before_timetable": "Les horaires de ce réseau commencent le {date}.",
        "none": "Aucun départ dans les {days} jours.",
        "live": "Temps réel à jour.",
        "stale": "Temps réel interrompu depuis {time} le {date} : horaires théoriques.",
        "unmatched": "Le temps réel de ce réseau ne correspond pas à ses horaires : horaires "
        "théoriques.",
        "interrupted": "Temps réel interrompu : horaires théoriques.",
        "alerts_only": "Pas de temps réel sur ce réseau, seulement des alertes : horaires "
        "théoriques.",
        "no_real_time": "Pas de temps réel sur ce réseau en ce moment : horaires théoriques.",
    },
    "en": {
        "later": "No more departures on {requested}: the next one is on {next} at {time}.",
        "never_boards": "No line takes passengers at this stop in the current timetable.",
        "after_timetable": "The timetable of this network ends on {date}.",
        "before_timetable": "The timetable of this network starts on {date}.",
        "none": "No departures in the next {days} days.",
        "live": "Live times are up to date.",
        "stale": "No live times since {time} on {date}: scheduled times.",
        "unmatched": "The live times of this network do not match its timetable: scheduled times.",
        "interrupted": "Live times are interrupted: scheduled times.",
        "alerts_only": "This network publishes alerts but no live times: scheduled times.",
        "no_real_time": "This network has no live times at the moment: scheduled times.",
    },
}
"""By language and name; the two languages have the same names and placeholders."""
_DAYS: Final[Mapping[TextLanguage, tuple[str, ...]]] = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_SOON: Final = 6 * 3600
"""Seconds: a departure on the next date but sooner than this needs no message."""


def board_message(board: Board, language: TextLanguage) -> str | None:
    """Why the board is empty, or has no departure until another day; None if neither, or if it is
    not the first page."""
    if not board.first:
        return None
    if not board.departures:
        return _nothing(board, language)
    first = board.departures[0].place[0]
    requested, soonest = _local(board, board.at), _local(board, first)
    if first - board.at < _SOON or soonest.date() == requested.date():
        return None
    return TEXTS[language]["later"].format(
        requested=_weekday(requested, language),
        next=_weekday(soonest, language),
        time=f"{soonest:%H:%M}",
    )


def real_time_message(board: Board, language: TextLanguage) -> str:
    """A sentence on the state of the feed's real time."""
    texts, real_time = TEXTS[language], board.real_time
    if real_time.state == "live":
        return texts["live"]
    if real_time.state == "stale" and real_time.updated_at is not None:
        since = _local(board, real_time.updated_at)
        return texts["stale"].format(time=f"{since:%H:%M}", date=_short(since, language))
    if real_time.unmatched:
        return texts["unmatched"]
    if real_time.interrupted:
        return texts["interrupted"]
    return texts["alerts_only" if real_time.alerts_only else "no_real_time"]


def _nothing(board: Board, language: TextLanguage) -> str:
    schedule, texts = board.found.schedule, TEXTS[language]
    timetable, requested = schedule.timetable, _local(board, board.at).date()
    if all(schedule.never_boards(stop) for stop in board.found.boarding_stops()):
        return texts["never_boards"]
    if requested > timetable.last_date:
        return texts["after_timetable"].format(date=_date(timetable.last_date, language))
    if requested < timetable.first_date:
        return texts["before_timetable"].format(date=_date(timetable.first_date, language))
    return texts["none"].format(days=DAYS_AHEAD)


def _local(board: Board, instant: int) -> datetime:
    zone = board.found.schedule.timetable.local_zone(board.found.stop)
    return datetime.fromtimestamp(instant, zone)


def _weekday(day: date, language: TextLanguage) -> str:
    """« lundi 02/03 », "Monday 2 March"."""
    return f"{_DAYS[language][day.weekday()]} {_short(day, language)}"


def _date(day: date, language: TextLanguage) -> str:
    """« 02/03/2026 », "2 March 2026"."""
    return f"{_short(day, language)}{'/' if language == 'fr' else ' '}{day.year}"


def _short(day: date, language: TextLanguage) -> str:
    """« 02/03 », "2 March"."""
    return f"{day:%d/%m}" if language == "fr" else day_and_month(day, language)

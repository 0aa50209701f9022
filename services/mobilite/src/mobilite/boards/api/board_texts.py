"""The French sentences of a board: why it is empty, and the state of its real time."""

from datetime import date, datetime
from typing import Final

from mobilite.boards.domain.departures import DAYS_AHEAD
from mobilite.boards.flows.show_departures import Board

_WEEKDAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_SOON: Final = 6 * 3600
"""Seconds: a departure on the next date but sooner than this needs no message."""


def board_message(board: Board) -> str | None:
    """Why the board is empty, or has no departure until another day; None if neither, or if it is
    not the first page."""
    if not board.first:
        return None
    if not board.departures:
        return _nothing(board)
    first = board.departures[0].place[0]
    requested, soonest = _local(board, board.at), _local(board, first)
    if first - board.at < _SOON or soonest.date() == requested.date():
        return None
    return (
        f"Plus de départ le {_day(requested.date())} : le prochain est le {_day(soonest.date())} "
        f"à {soonest:%H:%M}."
    )


def real_time_message(board: Board) -> str:
    """A sentence on the state of the feed's real time."""
    state, updated_at = board.real_time.state, board.real_time.updated_at
    if state == "live":
        return "Temps réel à jour."
    if state == "stale" and updated_at is not None:
        since = _local(board, updated_at)
        return f"Temps réel interrompu depuis {since:%H:%M le %d/%m} : horaires théoriques."
    if board.real_time.unmatched:
        return "Le temps réel de ce réseau ne correspond pas à ses horaires : horaires théoriques."
    if board.real_time.interrupted:
        return "Temps réel interrompu : horaires théoriques."
    if board.real_time.alerts_only:
        return "Pas de temps réel sur ce réseau, seulement des alertes : horaires théoriques."
    return "Pas de temps réel sur ce réseau en ce moment : horaires théoriques."


def _nothing(board: Board) -> str:
    schedule = board.found.schedule
    timetable, requested = schedule.timetable, _local(board, board.at).date()
    if all(schedule.never_boards(stop) for stop in board.found.boarding_stops()):
        return "Aucune ligne ne prend de voyageurs à cet arrêt dans les horaires actuels."
    if requested > timetable.last_date:
        return f"Les horaires de ce réseau s'arrêtent le {_full(timetable.last_date)}."
    if requested < timetable.first_date:
        return f"Les horaires de ce réseau commencent le {_full(timetable.first_date)}."
    return f"Aucun départ dans les {DAYS_AHEAD} jours."


def _local(board: Board, instant: int) -> datetime:
    zone = board.found.schedule.timetable.local_zone(board.found.stop)
    return datetime.fromtimestamp(instant, zone)


def _day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day:%d/%m}"


def _full(day: date) -> str:
    return f"{day:%d/%m/%Y}"

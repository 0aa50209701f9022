"""Checks a notice against the timetable: its ids must exist and its validity must not be over.

All errors are reported together, by field, so that a page can show each in its place.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mobilite.desk.domain.notice import AlertNotice, CancellationNotice, InformedEntity, Period
from mobilite.gtfs.domain.clock_times import parse_time
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.timetable.domain.strings import Strings
from mobilite.timetable.domain.timetable import Timetable
from socle.errors import Refusal

MAX_AHEAD = timedelta(days=400)
"""How far ahead the start of a notice can be."""
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""The bounds of instants in notices: not every program can represent instants far outside."""
_OUT_OF_RANGE = "une date entre 2000 et 2099 est attendue"

Mistake = tuple[str, str]
"""The place of a field in the draft, and its error in French."""


def check_alert(alert: AlertNotice, timetable: Timetable, *, now: datetime) -> None:
    """Check an alert. Raises Refusal("invalid"), with all errors by field, if it is not valid."""
    mistakes = [*_periods(alert, now)]
    for index, informed in enumerate(alert.informed):
        mistakes += (
            (f"informed.{index}.{field}", why) for field, why in _unknown(informed, timetable)
        )
    _refuse(mistakes)


def resolve_run_times(
    cancellation: CancellationNotice, timetable: Timetable, *, now: datetime
) -> CancellationNotice:
    """The cancellation with the times of its run. Raises Refusal("invalid") if there is no such
    run, it is over, or it is too far ahead."""
    day = ServiceDate.parse(cancellation.start_date)
    if day is None:
        raise _refusal([("start_date", "une date AAAAMMJJ est attendue")])
    rows = [int(row) for row in timetable.trip_ids.indexes_of(cancellation.trip_id)]
    if not rows:
        raise _refusal([("trip", "cette course n'est pas dans les horaires")])
    running = [row for row in rows if timetable.runs_on(row, day)]
    if not running:
        raise _refusal([("start_date", "cette course ne circule pas ce jour-là")])
    row = _run_with_start(cancellation, timetable, running)
    calls, zone = timetable.calls_of(row), timetable.trip_zone(row)
    runs = Period(
        day.instant(int(timetable.call_departure[calls][0]), zone),
        day.instant(int(timetable.call_arrival[calls][-1]), zone),
    )
    assert runs.end is not None
    if runs.end <= now:
        raise _refusal([("start_date", "cette course est déjà terminée")])
    if runs.end > now + MAX_AHEAD:
        raise _refusal([("start_date", f"au plus {MAX_AHEAD.days} jours à l'avance")])
    return replace(cancellation, runs=runs)


def _run_with_start(cancellation: CancellationNotice, timetable: Timetable, rows: list[int]) -> int:
    """The row of the cancelled run: for a frequency-based trip, the one with the given start.
    Raises Refusal("invalid") if a start is missing, unknown or not expected."""
    if int(timetable.trip_start[rows[0]]) < 0:
        if cancellation.start_time is not None:
            raise _refusal([("start_time", "seule une course par fréquence en demande une")])
        return rows[0]
    requested_start = (
        None if cancellation.start_time is None else parse_time(cancellation.start_time)
    )
    for row in rows:
        if int(timetable.trip_start[row]) == requested_start:
            return row
    raise _refusal([("start_time", "cette ligne roule par fréquence : donnez l'heure d'un départ")])


def _periods(alert: AlertNotice, now: datetime) -> Iterator[Mistake]:
    for index, period in enumerate(alert.periods):
        place = f"periods.{index}"
        if period.start is not None and not _FIRST <= period.start < _LAST:
            yield f"{place}.start", _OUT_OF_RANGE
        elif period.end is not None and not _FIRST <= period.end < _LAST:
            yield f"{place}.end", _OUT_OF_RANGE
        elif period.start is not None and period.end is not None and period.end <= period.start:
            yield f"{place}.end", "la fin doit suivre le début"
        elif period.start is not None and period.start > now + MAX_AHEAD:
            yield f"{place}.start", f"au plus {MAX_AHEAD.days} jours à l'avance"
    if alert.periods and all(each.end is not None and each.end <= now for each in alert.periods):
        yield "periods", "toutes les périodes sont passées"


def _unknown(informed: InformedEntity, timetable: Timetable) -> Iterator[Mistake]:
    """The errors of one selector: unknown ids, and conditions without the one they need."""

    def missing(ids: Strings, local_id: str | None) -> bool:
        return local_id is not None and ids.index_of(local_id) is None

    if missing(timetable.route_ids, informed.route_id):
        yield "route", "cette ligne n'est pas dans les horaires"
    if missing(timetable.stop_ids, informed.stop_id):
        yield "stop", "cet arrêt n'est pas dans les horaires"
    if informed.trip_id is not None and not len(timetable.trip_ids.indexes_of(informed.trip_id)):
        yield "trip", "cette course n'est pas dans les horaires"
    if informed.direction_id is not None and informed.route_id is None:
        yield "direction_id", "un sens demande une ligne"
    if informed.start_date is not None:
        if informed.trip_id is None:
            yield "start_date", "un jour demande une course"
        elif ServiceDate.parse(informed.start_date) is None:
            yield "start_date", "une date AAAAMMJJ est attendue"


def _refuse(mistakes: list[Mistake]) -> None:
    if mistakes:
        raise _refusal(mistakes)


def _refusal(mistakes: list[Mistake]) -> Refusal:
    errors: list[dict[str, Any]] = [
        {"in": "body", "field": field, "reason": why} for field, why in mistakes
    ]
    sentence = " ; ".join(f"{field} : {why}" for field, why in mistakes)
    return Refusal("invalid", f"{sentence[0].upper()}{sentence[1:]}.", errors=errors)

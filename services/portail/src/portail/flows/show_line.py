"""A line: its plan, its timetable of a day, its next departures, its runs and its disruptions."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from portail.domain.alerts import Alert
from portail.domain.lines import (
    Direction,
    Line,
    LineRuns,
    LineStop,
    LineTimetable,
    TimetableCall,
    TimetableRun,
)
from portail.domain.networks import NetworkList
from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi

NEXT_DEPARTURES: Final = 5
MOST_COLUMNS: Final = 14
"""Runs of a day up to which its timetable is one table; past it, it is by hour at one stop."""
MOST_CELLS: Final = 420
"""The same for the runs × the stops."""
_NIGHT_ENDS: Final = 5
"""The local hour until which runs of the day before are among the next departures."""
_MAX_ALERTS: Final = 30


@dataclass(frozen=True, slots=True)
class LinePart:
    """What of a line is displayed."""

    direction: int | None = None
    """GTFS's direction_id; None: the first one."""
    stop_id: str | None = None
    """None: the first one."""
    day: date | None = None
    """None: today."""


@dataclass(frozen=True, slots=True)
class NextDeparture:
    """A departure of the line from the chosen stop."""

    run: TimetableRun
    call: TimetableCall


@dataclass(frozen=True, slots=True)
class LinePage:
    """A line at one instant."""

    line: Line
    direction: Direction | None
    """None if the line has no trip."""
    stop: LineStop | None
    day: date
    departures: tuple[NextDeparture, ...]
    """The next ones from the stop, whatever the day of the timetable."""
    at_stop: LineTimetable | None
    """The calls of the day at the stop; None if the API does not give them."""
    complete: LineTimetable | None
    """The calls at all stops; None if they are too many."""
    runs: LineRuns | None
    alerts: tuple[Alert, ...] | None
    networks: NetworkList | None
    too_many: bool = False
    """Whether the calls at all stops are too many for one table."""


async def show_line(
    api: PublicApi, route_id: str, part: LinePart, *, language: str, now: datetime
) -> LinePage:
    """A line. `now`: in its time zone. Raises Refusal as the API if there is no such line; parts
    that the API refuses are left out."""
    line, runs, alerts, networks = await asyncio.gather(
        api.line(route_id),
        none_if_refused(api.line_runs(route_id)),
        none_if_refused(
            api.alerts(active="all", language=language, route=route_id, limit=_MAX_ALERTS)
        ),
        none_if_refused(api.networks()),
    )
    direction = _direction(line, part.direction)
    stop = None if direction is None else _stop(direction, part.stop_id)
    day = part.day or now.date()
    departures: tuple[NextDeparture, ...] = ()
    at_stop = complete = None
    if direction is not None and stop is not None:
        at_stop, departures = await asyncio.gather(
            none_if_refused(_timetable(api, line, direction, day, stop.id)),
            _next_departures(api, line, direction, stop, now),
        )
        if at_stop is None or len(at_stop.runs) <= MOST_COLUMNS:
            complete = await none_if_refused(_timetable(api, line, direction, day, None))
    too_many = complete is not None and not _fits(complete)
    if too_many:
        complete = None
    found = None if alerts is None else alerts.alerts
    return LinePage(
        line, direction, stop, day, departures, at_stop, complete, runs, found, networks, too_many
    )


def _fits(timetable: LineTimetable) -> bool:
    runs = len(timetable.runs)
    return runs <= MOST_COLUMNS and runs * len(timetable.stops) <= MOST_CELLS


def _direction(line: Line, wanted: int | None) -> Direction | None:
    fits = (each for each in line.directions if wanted in (None, each.direction_id))
    return next(fits, None) or next(iter(line.directions), None)


def _stop(direction: Direction, wanted: str | None) -> LineStop | None:
    fits = (each for each in direction.stops if each.id == wanted)
    return next(fits, None) or next(iter(direction.stops), None)


def _timetable(
    api: PublicApi, line: Line, direction: Direction, day: date, stop_id: str | None
) -> "asyncio.Future[LineTimetable]":
    return asyncio.ensure_future(
        api.line_timetable(
            line.id, date=f"{day:%Y%m%d}", direction=direction.direction_id, stop_id=stop_id
        )
    )


async def _next_departures(
    api: PublicApi, line: Line, direction: Direction, stop: LineStop, now: datetime
) -> tuple[NextDeparture, ...]:
    """The next departures from a stop: of today, with those of the night; else of tomorrow."""
    found: list[NextDeparture] = []
    today = now.date()
    night = [today - timedelta(days=1)] if now.hour < _NIGHT_ENDS else []
    for day in (*night, today, today + timedelta(days=1)):
        if found and day > today:
            break
        timetable = await none_if_refused(_timetable(api, line, direction, day, stop.id))
        if timetable is None:
            continue
        found += [
            NextDeparture(run, call)
            for run in timetable.runs
            for call in run.calls
            if call.due >= now and call.stop != run.last_stop and call.pickup != 1
        ]
    return tuple(sorted(found, key=lambda each: each.call.due)[:NEXT_DEPARTURES])

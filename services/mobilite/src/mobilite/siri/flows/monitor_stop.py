"""The next visits of a stop: the departures of its board, with the arrival of each.

https://www.siri-cen.eu/ (CEN/TS 15531-3, Stop Monitoring)
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mobilite.boards.domain.departures import DAYS_AHEAD, Departure, next_departures
from mobilite.gtfs.domain.ids import global_id
from mobilite.realtime.domain.run_calls import RunCall, resolved_call
from mobilite.routes.flows.get_route import resolve_route
from mobilite.siri.ports import SiriState
from mobilite.stops.flows.get_stop import FoundStop, get_stop
from mobilite.timetable.domain.scheduled_calls import run_start

MAX_INTERVAL: Final = DAYS_AHEAD * 86_400
"""Seconds of the longest preview: that of a board."""
MOST_DEPARTURES: Final = 100
"""Departures of one stop in a delivery at most, whatever the minimum of each line."""
_MAX_SCANNED: Final = 2_000
"""Departures read for one stop at most, for a filter that few pass."""
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class DepartureFilter:
    """The conditions of a query; all must hold."""

    lines: frozenset[str] = frozenset()
    """The public ids of routes; empty: any."""
    direction: str | None = None
    """As `direction_ref`."""
    limit: int = 20
    """MaximumStopVisits, `MOST_DEPARTURES` at most."""
    minimum_per_line: int = 0
    """MinimumStopVisitsPerLine: visits of each line within the interval, even beyond the limit."""
    start: datetime | None = None
    """None: now."""
    interval: int = MAX_INTERVAL
    """Seconds from the start in which the visits are."""


@dataclass(frozen=True, slots=True)
class MonitoredDeparture:
    """One visit: a departure of the board, and its call."""

    departure: Departure
    call: RunCall

    @property
    def begins(self) -> bool:
        """Whether the run begins at this call because those before are not made."""
        run, position = self.departure.run, self.departure.position
        if run is None or not self.departure.served or run.first_served != position:
            return False
        return position > 0 or run.start_left_out

    @property
    def ends(self) -> bool:
        """Whether the run ends at this call because those after are not made."""
        run = self.departure.run
        at_last = run is not None and run.last_served == self.departure.position
        return at_last and self.departure.ends_at is not None


@dataclass(frozen=True, slots=True)
class MonitoredDepartures:
    """The visits of a stop, soonest first."""

    found: FoundStop
    departures: tuple[MonitoredDeparture, ...]
    more: bool = False
    """Whether a line has fewer than its minimum, because of `MOST_DEPARTURES`."""


def direction_ref(direction: int) -> str:
    """The DirectionRef of a GTFS direction: 0, 1, or `unknown` for -1."""
    return str(direction) if direction >= 0 else "unknown"


def monitor_stop(
    state: SiriState, stop_id: str, wanted: DepartureFilter, *, now: datetime
) -> MonitoredDepartures:
    """The visits of a stop (a public id). Raises Refusal: "not_found" for an unknown stop or line,
    "unavailable" until the schedule is loaded."""
    found = get_stop(state, stop_id)
    for line in wanted.lines:
        resolve_route(state, line)
    instant = int(now.timestamp())
    chosen, more = _chosen(_departures(found, wanted, instant), wanted)
    departures = (MonitoredDeparture(each, _call(found, each, instant)) for each in chosen)
    return MonitoredDepartures(found, tuple(departures), more)


def _chosen(
    departures: Iterator[Departure], wanted: DepartureFilter
) -> tuple[list[Departure], bool]:
    """The first departures up to the limit, then those that a line lacks to its minimum; whether
    some of these were left out."""
    chosen, by_line = list[Departure](), Counter[str]()
    for departure in departures:
        line = departure.trip.route_id
        if len(chosen) < wanted.limit or by_line[line] < wanted.minimum_per_line:
            if len(chosen) >= MOST_DEPARTURES:
                return chosen, True
            by_line[line] += 1
            chosen.append(departure)
        # Before the next departure is read: it can be on another page.
        if len(chosen) >= wanted.limit and not wanted.minimum_per_line:
            break
    return chosen, False


def _departures(found: FoundStop, wanted: DepartureFilter, now: int) -> Iterator[Departure]:
    """The departures that pass the filter, soonest first."""
    feed, stops, after = found.feed, found.boarding_stops(), None
    start = now if wanted.start is None else int(wanted.start.timestamp())
    filtered = wanted.lines or wanted.direction is not None or wanted.minimum_per_line
    limit = _PAGE if filtered else wanted.limit
    for _ in range(0, _MAX_SCANNED, limit):
        page = next_departures(
            feed, stops, at=start, now=now, limit=limit, after=after, within=wanted.interval
        )
        for each in page.page:
            line = global_id(feed.feed_id, each.trip.route_id)
            of_direction = wanted.direction in (None, direction_ref(each.trip.direction))
            if of_direction and (not wanted.lines or line in wanted.lines):
                yield each
        after = page.next
        if after is None:
            return


def _call(found: FoundStop, departure: Departure, now: int) -> RunCall:
    """The call of a departure, as `list_calls` gives it."""
    run, position = departure.run, departure.position
    if run is not None:
        return resolved_call(run, position, stale=found.feed.is_stale(run, now=now))
    # Of the timetable: without an update, or left out by the run that replaces it.
    trip = departure.trip
    timetable = found.schedule.timetable
    arrival = int(timetable.call_arrival[int(timetable.trip_first[trip.row]) + position])
    return RunCall(
        position,
        trip.sequence(position),
        stop=departure.stop,
        scheduled_stop=departure.stop,
        arrival=run_start(timetable, trip.row, departure.day) + arrival,
        departure=departure.scheduled,
        predicted_arrival=None,
        predicted_departure=None,
        state=departure.state,
        planned=True,
        headsign=departure.headsign,
        pickup=trip.pickup(position),
        drop_off=trip.drop_off(position),
        occupancy=None,
    )

"""The works of the region: what they close, when, and the buses that run instead.

Orléans: tram A is cut between two stations, another section each week, and "Bus A" links them.
Tours: from Monday to Thursday no tram A runs after 20:00, and a bus, « Plan B », every 30 min.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from demo.days.drive import Times
from demo.network.model import Line, Operator, Pattern, Run, Stop

HOUR, MINUTE = 3600, 60
EVENING = 20 * HOUR
"""When the evening works begin, in seconds of the service day."""
_PLAN_B = (*range(20 * HOUR + 13 * MINUTE, 24 * HOUR + 14 * MINUTE, 30 * MINUTE), 87_960)
"""Departures of « Plan B »: every half hour from 20:13, the last at 00:26."""
_PLAN_B_PASSES = ("Saint Paul", "Palais des Sports")
"""Stations where the streets leave no room for that bus."""
_BUS_A = range(5 * HOUR + 10 * MINUTE, 24 * HOUR + 30 * MINUTE, 12 * MINUTE)
_CLOSED = 3
"""Stations closed between the two where the tram turns round."""


@dataclass(frozen=True, slots=True)
class Works:
    """Works on one line, one day. `closed` are boarding places; `since`: seconds of the day."""

    line: Line
    closed: frozenset[str]
    stations: tuple[Stop, ...]
    """Where the trams turn round and the buses call, in direction 0."""
    since: int
    bus: str
    buses: tuple[tuple[Pattern, int], ...]
    """Each bus instead: its way and its departure."""

    def skipped(self, run: Run) -> frozenset[int]:
        """The positions of a run that are not served."""
        if run.line is not self.line:
            return frozenset()
        return frozenset(
            index
            for index, call in enumerate(run.calls)
            if call.stop_id in self.closed and call.departure >= self.since
        )

    def closes(self, run: Run) -> bool:
        """Whether nothing of a run remains."""
        return len(self.skipped(run)) >= len(run.pattern.stops) - 1


def works_on(operator: Operator, day: date) -> Works | None:
    """The works of an operator that day, if any."""
    if operator.id == "tao":
        return _tram_cut(operator, day)
    if operator.id == "filbleu" and day.weekday() < 4:
        return _evening_closure(operator)
    return None


def tram_a(operator: Operator) -> tuple[Line, dict[int, Pattern]]:
    """Tram line A and its whole way in each direction. Raises LookupError without one."""
    ways: dict[int, Pattern] = {}
    for pattern in operator.patterns:
        line = pattern.line
        if line.route_type == 0 and line.short_name == "A":
            known = ways.get(pattern.direction)
            if known is None or len(pattern.stops) > len(known.stops):
                ways[pattern.direction] = pattern
    if 0 not in ways or 1 not in ways:
        raise LookupError(f"{operator.id} has no tram A")
    return ways[0].line, ways


def station_of(operator: Operator, stop_id: str) -> Stop:
    """The station of a platform, or the stop itself."""
    stop = operator.stop_by_id[stop_id]
    return operator.stop_by_id[stop.parent] if stop.parent else stop


def _tram_cut(operator: Operator, day: date) -> Works:
    line, ways = tram_a(operator)
    stations = [station_of(operator, stop) for stop in ways[0].stops]
    week = (day.toordinal() - 1) // 7
    # Never the ends of the line: trams turn round at a station on either side.
    first = 2 + week * 5 % (len(stations) - _CLOSED - 4)
    section = tuple(stations[first : first + _CLOSED + 2])
    names = {station.id for station in section[1:-1]}
    closed = frozenset(stop.id for stop in operator.stops if (stop.parent or stop.id) in names)
    buses = tuple(
        (_link(operator, direction, section, stations), start)
        for start in _BUS_A
        for direction in (0, 1)
    )
    return Works(line, closed, section, 0, "Bus A", buses)


def _link(
    operator: Operator, direction: int, section: Sequence[Stop], stations: Sequence[Stop]
) -> Pattern:
    """The part of the way of line "Bus A", stop for stop beside the tram's, that links a section
    of the tram's stations."""
    way = next(
        way
        for way in operator.patterns
        if way.line.substitute and way.line.short_name == "Bus A" and way.direction == direction
    )
    first = stations.index(section[0])
    if direction == 1:
        first = len(stations) - first - len(section)
    served = range(first, first + len(section))
    last = section[-1] if direction == 0 else section[0]
    return _part(way, served, f"bus-a-{direction}", last.name)


def _evening_closure(operator: Operator) -> Works:
    line, ways = tram_a(operator)
    stations = tuple(station_of(operator, stop) for stop in ways[0].stops)
    served = {station.id for station in stations if station.name not in _PLAN_B_PASSES}
    closed = frozenset(stop for way in operator.patterns if way.line is line for stop in way.stops)
    buses = tuple(
        (_by_road(operator, ways[direction], served, 1.6), start)
        for start in _PLAN_B
        for direction in (0, 1)
    )
    return Works(line, closed, stations, EVENING, "Plan B", buses)


def _by_road(operator: Operator, way: Pattern, stations: set[str], slower: float) -> Pattern:
    """The way of a bus that calls at those stations of a tram's way."""
    served = [i for i, stop in enumerate(way.stops) if station_of(operator, stop).id in stations]
    last = station_of(operator, way.stops[served[-1]]).name
    return _part(way, served, f"plan-b-{way.direction}", f"Plan B · {last}", slower=slower)


def _part(
    way: Pattern, served: Sequence[int], id_: str, headsign: str, *, slower: float = 1.0
) -> Pattern:
    start = way.departures[served[0]]
    times = Times(
        tuple(way.arrivals[i] - start for i in served),
        tuple(way.departures[i] - start for i in served),
    ).slower(slower)
    stops = tuple(way.stops[i] for i in served)
    return Pattern(id_, way.line, way.direction, headsign, stops, times.arrivals, times.departures)


def buses_instead(works: Works, day: date) -> Iterator[tuple[str, Pattern, int]]:
    """Each bus instead of the tram: a trip id that no timetable holds, its way, its departure."""
    word = works.bus.replace(" ", "").upper()
    for way, start in works.buses:
        clock = f"{start // HOUR:02d}{start % HOUR // MINUTE:02d}"
        yield f"{word}-{day:%Y%m%d}-{way.direction}-{clock}", way, start

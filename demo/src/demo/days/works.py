"""The works of the region: the stops they close, when, and the replacement buses.

Orléans: tram A rides through three stations, others each week; "Bus A" serves them.
Tours: from Monday to Thursday no tram A runs after 20:00; the bus « Plan B » runs every 30 min.
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
_PLAN_B_UNSERVED = ("Saint Paul", "Palais des Sports")
"""Stations where the streets leave no room for that bus."""
_BUS_SLOWNESS = 1.6
"""« Plan B » takes this many times as long as the tram."""
_BUS_A = range(5 * HOUR + 10 * MINUTE, 24 * HOUR + 30 * MINUTE, 12 * MINUTE)
"""Departures of "Bus A" in both directions: every 12 minutes from 5:10."""
_CLOSED = 3
"""Stations at which no tram stops."""


@dataclass(frozen=True, slots=True)
class Works:
    """Works on one line, one day."""

    line: Line
    closed: frozenset[str]
    """Ids of the stops that trams do not serve."""
    stations: tuple[Stop, ...]
    """The stations of the affected section in direction 0, both ends included."""
    since: int
    """Seconds of the service day from which the stops are closed; 0: all day."""
    replacement_name: str
    """The short name of the replacement bus."""
    replacement_buses: tuple[tuple[Pattern, int], ...]
    """Each replacement bus: its pattern and its departure, in seconds of the service day."""

    def skipped(self, run: Run) -> frozenset[int]:
        """The positions of a run that are not served; none of a run of another line."""
        if run.line is not self.line:
            return frozenset()
        return frozenset(
            index
            for index, call in enumerate(run.calls)
            if call.stop_id in self.closed and call.departure >= self.since
        )

    def closes(self, run: Run) -> bool:
        """Whether nothing of a run remains."""
        # A single stop that is still served makes no run.
        return len(self.skipped(run)) >= len(run.pattern.stops) - 1


def works_on(operator: Operator, day: date) -> Works | None:
    """The works of an operator that day, if any."""
    if operator.id == "tao":
        return _closed_stations(operator, day)
    if operator.id == "filbleu" and day.weekday() < 4:
        return _evening_closure(operator)
    return None


def tram_a(operator: Operator) -> tuple[Line, dict[int, Pattern]]:
    """Tram line A and its longest pattern in each direction. Raises LookupError without one."""
    patterns: dict[int, Pattern] = {}
    for pattern in operator.patterns:
        line = pattern.line
        if line.route_type == 0 and line.short_name == "A":
            known = patterns.get(pattern.direction)
            if known is None or len(pattern.stops) > len(known.stops):
                patterns[pattern.direction] = pattern
    if 0 not in patterns or 1 not in patterns:
        raise LookupError(f"{operator.id} has no tram A")
    return patterns[0].line, patterns


def station_of(operator: Operator, stop_id: str) -> Stop:
    """The station of a platform, or the stop itself."""
    stop = operator.stop_by_id[stop_id]
    return operator.stop_by_id[stop.parent] if stop.parent else stop


def _closed_stations(operator: Operator, day: date) -> Works:
    line, patterns = tram_a(operator)
    stations = [station_of(operator, stop) for stop in patterns[0].stops]
    week = (day.toordinal() - 1) // 7
    # 5 stations further each week, but never the two first and last of the line.
    first = 2 + week * 5 % (len(stations) - _CLOSED - 4)
    section = tuple(stations[first : first + _CLOSED + 2])
    names = {station.id for station in section[1:-1]}
    closed = frozenset(stop.id for stop in operator.stops if (stop.parent or stop.id) in names)
    replacement_buses = tuple(
        (_section_pattern(operator, direction, section, stations), start)
        for start in _BUS_A
        for direction in (0, 1)
    )
    return Works(line, closed, section, 0, "Bus A", replacement_buses)


def _section_pattern(
    operator: Operator, direction: int, section: Sequence[Stop], stations: Sequence[Stop]
) -> Pattern:
    """The part of the pattern of "Bus A" that links a section of the tram's stations. Its complete
    pattern has one stop near each station of the tram."""
    pattern = next(
        pattern
        for pattern in operator.patterns
        if pattern.line.substitute
        and pattern.line.short_name == "Bus A"
        and pattern.direction == direction
    )
    first = stations.index(section[0])
    if direction == 1:
        first = len(stations) - first - len(section)
    served = range(first, first + len(section))
    last = section[-1] if direction == 0 else section[0]
    return _reduced_pattern(pattern, served, f"bus-a-{direction}", last.name)


def _evening_closure(operator: Operator) -> Works:
    line, patterns = tram_a(operator)
    stations = tuple(station_of(operator, stop) for stop in patterns[0].stops)
    served = {station.id for station in stations if station.name not in _PLAN_B_UNSERVED}
    closed = frozenset(
        stop for pattern in operator.patterns if pattern.line is line for stop in pattern.stops
    )
    replacement_buses = tuple(
        (_bus_pattern(operator, patterns[direction], served, _BUS_SLOWNESS), start)
        for start in _PLAN_B
        for direction in (0, 1)
    )
    return Works(line, closed, stations, EVENING, "Plan B", replacement_buses)


def _bus_pattern(
    operator: Operator, pattern: Pattern, stations: set[str], slower: float
) -> Pattern:
    """The pattern of a bus that serves those stations of a tram's pattern. `slower`: it
    takes that many times as long as the tram."""
    served = [
        i for i, stop in enumerate(pattern.stops) if station_of(operator, stop).id in stations
    ]
    last = station_of(operator, pattern.stops[served[-1]]).name
    return _reduced_pattern(
        pattern, served, f"plan-b-{pattern.direction}", f"Plan B · {last}", slower=slower
    )


def _reduced_pattern(
    pattern: Pattern, served: Sequence[int], id_: str, headsign: str, *, slower: float = 1.0
) -> Pattern:
    """The pattern reduced to the served positions, with times from its first served stop."""
    start = pattern.departures[served[0]]
    times = Times(
        tuple(pattern.arrivals[i] - start for i in served),
        tuple(pattern.departures[i] - start for i in served),
    ).slower(slower)
    stops = tuple(pattern.stops[i] for i in served)
    return Pattern(
        id_, pattern.line, pattern.direction, headsign, stops, times.arrivals, times.departures
    )


def list_replacement_buses(works: Works, day: date) -> Iterator[tuple[str, Pattern, int]]:
    """Each replacement bus of a day: its trip id, which is not in the timetable, its pattern and
    its departure."""
    prefix = works.replacement_name.replace(" ", "").upper()
    for pattern, start in works.replacement_buses:
        clock = f"{start // HOUR:02d}{start % HOUR // MINUTE:02d}"
        yield f"{prefix}-{day:%Y%m%d}-{pattern.direction}-{clock}", pattern, start

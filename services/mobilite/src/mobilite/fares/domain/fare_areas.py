"""Where and when a fare leg is, as the rules of GTFS Fares v2 state it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from mobilite.fares.domain.fare import UnknownFare
from mobilite.gtfs.domain.clock_times import INVALID, MISSING, parse_time
from mobilite.timetable.domain.notes import Row
from mobilite.timetable.domain.service_dates import ServiceDates
from mobilite.timetable.domain.timetable import Timetable

_DAY: Final = 86_400


class FareAreas:
    """The networks of routes, and the areas and stations of stops, of one feed."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._networks = {
            row.get("route_id", ""): row.get("network_id", "")
            for row in timetable.notes.rows("route_networks")
        }
        self._areas: dict[str, set[str]] = defaultdict(set)
        for row in timetable.notes.rows("stop_areas"):
            self._areas[row.get("stop_id", "")].add(row.get("area_id", ""))

    def network(self, route: str) -> str:
        """The network of a route; "" if it is in none. Raises UnknownFare for an unknown route."""
        if self._timetable.route_ids.index_of(route) is None:
            raise UnknownFare
        network: str = self._networks.get(route, "")
        return network

    def areas(self, stop: str) -> frozenset[str]:
        """The areas of a stop: its own, or else those of its station."""
        own = self._areas.get(stop)
        if own is None:
            own = self._areas.get(self.station(stop), set())
        return frozenset(own)

    def station(self, stop: str) -> str:
        """The parent of a stop; "" if it has none. Raises UnknownFare for an unknown stop."""
        parent = int(self._timetable.stop_parent[self._row(stop)])
        return self._timetable.stop_ids[parent] if parent >= 0 else ""

    def local_time(self, stop: str, instant: int) -> datetime:
        """An instant in POSIX seconds as the clock at a stop displays it."""
        zone = self._timetable.local_zone(self._row(stop))
        return datetime.fromtimestamp(instant, zone)

    def _row(self, stop: str) -> int:
        row = self._timetable.stop_ids.index_of(stop)
        if row is None:
            raise UnknownFare
        return row


class Timeframes:
    """timeframes.txt: hours of the local calendar day, not of the service day.

    https://gtfs.org/documentation/schedule/reference/#timeframestxt
    """

    def __init__(self, rows: Iterable[Row], services: ServiceDates) -> None:
        self._services = services
        self._groups: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for row in rows:
            start, end = (parse_time(row.get(name, "")) for name in ("start_time", "end_time"))
            hours = (0 if start == MISSING else start, _DAY if end == MISSING else end)
            self._groups[row.get("timeframe_group_id", "")].append(
                (*hours, row.get("service_id", ""))
            )

    def contains(self, group: str, local: datetime) -> bool:
        """Whether a local time is in a group. Raises UnknownFare if the group is not understood."""
        if group not in self._groups:
            raise UnknownFare
        clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second).seconds
        for start, end, service in self._groups[group]:
            if INVALID in (start, end) or not self._services.has(service):
                raise UnknownFare
            if start <= clock < end and self._services.runs_on(service, local.date()):
                return True
        return False

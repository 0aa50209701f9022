"""An operator's real-time system: the message of each of its addresses at an instant.

A message follows from the seed and the instant alone. It is put together from serialised entities,
each made anew only when its own clock ticks (a trip update every 20 s, a position every 10 s), so
that a network of thousands of runs answers at once, and most of a message is as it was before.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from google.transit import gtfs_realtime_pb2 as rt

from demo.days.dice import dice
from demo.days.operator_day import OperatorDay
from demo.days.truth import TrueRun, start_of
from demo.network.model import TIMEZONE, Operator, Pattern
from demo.operators.daily_notices import daily_notices
from demo.operators.notices import Notice, fill
from demo.operators.trip_updates import describe
from demo.operators.vehicles import is_on_its_way, locate, spot_of
from demo.operators.ways import Way, way_of
from demo.operators.works_notices import works_notices

Part = Literal["trips", "vehicles", "alerts"]
Key = tuple[Part, int, str]
"""A part of a message, a day and a trip: what a serialised entity is kept under."""

ADDRESSES: Mapping[str, Mapping[str, tuple[Part, ...]]] = {
    "sncf": {"trip-updates.pb": ("trips",), "alerts.pb": ("alerts",)},
    "remi": {"alerts.pb": ("alerts",)},
    "tao": {"gtfs-rt.pb": ("trips", "vehicles", "alerts")},
    "filbleu": {"trip-updates.pb": ("trips",), "alerts.pb": ("alerts",)},
    "azalys": {"trip-updates.pb": ("trips",)},
    "agglobus": {"trip-updates.pb": ("trips",), "alerts.pb": ("alerts",)},
    "filibus": {"gtfs-rt.pb": ("trips", "vehicles")},
}
"""What each operator publishes, by the name of its address."""

_PERIODS: Mapping[Part, int] = {"trips": 20, "vehicles": 10}


class Publisher:
    """One operator's real time, on the day and at the second one asks."""

    def __init__(self, operator: Operator, *, seed: int) -> None:
        self.operator = operator
        self._seed = seed
        self._zone = ZoneInfo(TIMEZONE)
        self._days: dict[date, OperatorDay] = {}
        self._ways: dict[str, Way] = {}
        self._published: dict[tuple[Part, ...], dict[Key, tuple[int, bytes]]] = {}
        self._notices: tuple[date, tuple[Notice, ...]] | None = None

    def message(self, parts: tuple[Part, ...], now: int) -> bytes:
        """The serialised FeedMessage of an address at `now` (POSIX seconds)."""
        before = self._published.get(parts, {})
        published: dict[Key, tuple[int, bytes]] = {}
        pieces = [_header(now)]
        for part in parts:
            if part == "alerts":
                pieces += [self._alert(notice) for notice in self.notices(now)]
                continue
            for run in self._runs(part, now):
                key = (part, run.day.toordinal(), run.trip_id)
                at = self._measured(part, run, now)
                known = before.get(key)
                if known is None or known[0] != at:
                    known = (at, self._entity(part, run, at))
                published[key] = known
                pieces.append(known[1])
        self._published[parts] = published
        return b"".join(pieces)

    def published_runs(self, now: int) -> Iterator[TrueRun]:
        """The runs the operator speaks of at an instant, as they truly happen."""
        today = datetime.fromtimestamp(now, UTC).astimezone(self._zone).date()
        wanted = [today + timedelta(days=n) for n in (-1, 0, 1)]
        for day in [day for day in self._days if day not in wanted]:
            del self._days[day]
        for day in wanted:
            if day not in self._days:
                self._days[day] = OperatorDay(self.operator, day, seed=self._seed)
            yield from self._days[day].published_at(now - start_of(day))

    def notices(self, now: int) -> list[Notice]:
        """The notices published at an instant."""
        today = datetime.fromtimestamp(now, UTC).astimezone(self._zone).date()
        if self._notices is None or self._notices[0] != today:
            found = [
                *works_notices(self.operator, today),
                *daily_notices(self.operator, today, seed=self._seed),
            ]
            self._notices = today, tuple(found)
        return [notice for notice in self._notices[1] if notice.is_visible_at(now)]

    def way(self, pattern: Pattern) -> Way:
        """The way of a pattern on the ground."""
        if pattern.id not in self._ways:
            self._ways[pattern.id] = way_of(pattern, self.operator)
        return self._ways[pattern.id]

    def _runs(self, part: Part, now: int) -> Iterator[TrueRun]:
        if part == "trips":
            yield from self.published_runs(now)
            return
        out: set[str] = set()
        for run in self.published_runs(now):
            seconds = self._measured(part, run, now) - start_of(run.day)
            if run.vehicle in out or not is_on_its_way(run, seconds):
                continue
            # Nobody sees a vehicle where its line is closed.
            if spot_of(run, self.way(run.pattern), seconds).index not in run.skipped:
                out.add(run.vehicle)
                yield run

    def _measured(self, part: Part, run: TrueRun, now: int) -> int:
        """The last instant at which the system looked at the run."""
        start = start_of(run.day)
        known_once = run.relationship in ("cancelled", "deleted") or not run.is_timed_at(
            now - start
        )
        if part == "trips" and known_once:
            return start + run.published_from
        period = _PERIODS[part]
        phase = len(run.trip_id) * 7 + run.planned.departures[0] // 60
        return now - (now - phase) % period

    def _entity(self, part: Part, run: TrueRun, at: int) -> bytes:
        name = f"{run.day:%Y%m%d}-{run.trip_id}"
        if part == "vehicles":
            way = self.way(run.pattern)
            return _piece(
                f"v-{name}", lambda entity: locate(entity.vehicle, run, way, at, seed=self._seed)
            )
        rng = dice(self._seed, name, at)
        return _piece(name, lambda entity: describe(entity.trip_update, run, at, rng))

    def _alert(self, notice: Notice) -> bytes:
        url = f"{self.operator.agency.url}infos"
        return _piece(notice.id, lambda entity: fill(entity.alert, notice, url))


def _header(now: int) -> bytes:
    message = rt.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = rt.FeedHeader.FULL_DATASET
    message.header.timestamp = now
    serialised: bytes = message.SerializeToString()
    return serialised


def _piece(entity_id: str, write: Callable[[Any], None]) -> bytes:
    """One entity as it stands in a message: protobuf messages are joined end to end."""
    message = rt.FeedMessage()
    write(message.entity.add(id=entity_id))
    serialised: bytes = message.SerializePartialToString()
    return serialised

"""An operator's real-time system: the message of each of its addresses at an instant.

A message depends only on the seed and the instant. It is the concatenation of serialised entities,
which are cached: each is renewed at its own interval (a trip update every 20 s, a position every
10 s). A message of thousands of runs is therefore built quickly, and most of it does not change
from one second to the next.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from google.transit import gtfs_realtime_pb2 as rt

from demo.days.dice import seeded_random
from demo.days.operator_day import OperatorDay
from demo.days.truth import TrueRun, start_of
from demo.network.model import TIMEZONE, Operator, Pattern
from demo.operators.daily_notices import daily_notices
from demo.operators.notices import Notice, fill_alert
from demo.operators.pattern_paths import PatternPath, path_of
from demo.operators.trip_updates import fill_trip_update
from demo.operators.vehicles import fill_position, publishes_position, spot_of
from demo.operators.works_notices import works_notices

Part = Literal["trips", "vehicles", "alerts"]
Key = tuple[Part, int, str]
"""The cache key of a serialised entity: a part of a message, the ordinal of a day, a trip id."""

ADDRESSES: Mapping[str, Mapping[str, tuple[Part, ...]]] = {
    "sncf": {"trip-updates.pb": ("trips",), "alerts.pb": ("alerts",)},
    "remi": {"alerts.pb": ("alerts",), "positions.pb": ("vehicles",)},
    "tao": {"gtfs-rt.pb": ("trips", "vehicles", "alerts")},
    "filbleu": {"trip-updates.pb": ("trips",), "alerts.pb": ("alerts",)},
    "azalys": {"trip-updates.pb": ("trips",)},
    "agglobus": {"trip-updates.pb": ("trips",), "alerts.pb": ("alerts",)},
    "filibus": {"gtfs-rt.pb": ("trips", "vehicles")},
}
"""By operator and name of the address, the parts of its messages."""

_PERIODS: Mapping[Part, int] = {"trips": 20, "vehicles": 10}
"""Seconds between two updates of an entity."""


class Publisher:
    """The real-time messages of one operator, at any instant."""

    def __init__(self, operator: Operator, *, seed: int) -> None:
        self.operator = operator
        self._seed = seed
        self._zone = ZoneInfo(TIMEZONE)
        self._days: dict[date, OperatorDay] = {}
        self._paths: dict[str, PatternPath] = {}
        self._published: dict[tuple[Part, ...], dict[Key, tuple[int, bytes]]] = {}
        self._notices: tuple[date, tuple[Notice, ...]] | None = None

    def message(self, parts: tuple[Part, ...], now: int) -> bytes:
        """The serialised FeedMessage with those parts at `now` (POSIX seconds)."""
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
        """The runs that the operator publishes at `now`, as they actually happen."""
        today = datetime.fromtimestamp(now, UTC).astimezone(self._zone).date()
        days = [today + timedelta(days=n) for n in (-1, 0, 1)]
        for day in [day for day in self._days if day not in days]:
            del self._days[day]
        for day in days:
            if day not in self._days:
                self._days[day] = OperatorDay(self.operator, day, seed=self._seed)
            yield from self._days[day].published_at(now - start_of(day))

    def notices(self, now: int) -> list[Notice]:
        """The notices published at `now`."""
        today = datetime.fromtimestamp(now, UTC).astimezone(self._zone).date()
        if self._notices is None or self._notices[0] != today:
            found = [
                *works_notices(self.operator, today),
                *daily_notices(self.operator, today, seed=self._seed),
            ]
            self._notices = today, tuple(found)
        return [notice for notice in self._notices[1] if notice.is_visible_at(now)]

    def path(self, pattern: Pattern) -> PatternPath:
        """The path of a pattern on the ground."""
        if pattern.id not in self._paths:
            self._paths[pattern.id] = path_of(pattern, self.operator)
        return self._paths[pattern.id]

    def _runs(self, part: Part, now: int) -> Iterator[TrueRun]:
        if part == "trips":
            yield from self.published_runs(now)
            return
        # A vehicle has one position, even if two of its runs are published.
        seen_vehicles: set[str] = set()
        for run in self.published_runs(now):
            seconds = self._measured(part, run, now) - start_of(run.day)
            if run.vehicle in seen_vehicles or not publishes_position(run, seconds):
                continue
            # A vehicle is not published where its line is closed.
            if spot_of(run, self.path(run.pattern), seconds).index not in run.skipped:
                seen_vehicles.add(run.vehicle)
                yield run

    def _measured(self, part: Part, run: TrueRun, now: int) -> int:
        """The last instant at which the system updated the run's entity, in POSIX seconds."""
        start = start_of(run.day)
        known_once = run.relationship in ("cancelled", "deleted") or not run.is_timed_at(
            now - start
        )
        if part == "trips" and known_once:
            return start + run.published_from
        period = _PERIODS[part]
        # So that runs are not all updated at the same instant.
        phase = len(run.trip_id) * 7 + run.planned.departures[0] // 60
        return now - (now - phase) % period

    def _entity(self, part: Part, run: TrueRun, at: int) -> bytes:
        name = f"{run.day:%Y%m%d}-{run.trip_id}"
        if part == "vehicles":
            path = self.path(run.pattern)
            return _piece(
                f"v-{name}",
                lambda entity: fill_position(entity.vehicle, run, path, at, seed=self._seed),
            )
        rng = seeded_random(self._seed, name, at)
        return _piece(name, lambda entity: fill_trip_update(entity.trip_update, run, at, rng))

    def _alert(self, notice: Notice) -> bytes:
        url = f"{self.operator.agency.url}infos"
        return _piece(notice.id, lambda entity: fill_alert(entity.alert, notice, url))


def _header(now: int) -> bytes:
    message = rt.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = rt.FeedHeader.FULL_DATASET
    message.header.timestamp = now
    serialised: bytes = message.SerializeToString()
    return serialised


def _piece(entity_id: str, write: Callable[[Any], None]) -> bytes:
    """One serialised entity of a message: protobuf messages are concatenated."""
    message = rt.FeedMessage()
    write(message.entity.add(id=entity_id))
    serialised: bytes = message.SerializePartialToString()
    return serialised

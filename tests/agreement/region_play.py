"""Plays an operator's day minute by minute. Its messages go through the production code (decoded,
compared with the last round, published, followed) into the live state, and directly into the rules.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from gtfs_text import GtfsText
from region_rules import RENDERED, RegionRules

from demo.network.gtfs import gtfs_zip
from demo.network.model import TIMEZONE, Operator
from demo.operators.publisher import ADDRESSES, Part, Publisher
from demo.operators.silence import published_instant
from mobilite.boards.api.rendering import board_json
from mobilite.boards.flows.show_departures import get_board
from mobilite.events import AlertV1, FeedPollV1, TripUpdateV1, VehiclePositionV1
from mobilite.feed_status.api.rendering import feed_list_json
from mobilite.feed_status.flows.list_feeds import list_feeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import Live, ServingSchedule
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from mobilite.polling.domain.entity_state import EntityState
from mobilite.polling.flows.poll_source import PollDependencies, SourceState, poll_source
from mobilite.polling.flows.publish_entities import PublishedEntities
from mobilite.sources.ports import Announce, Body, SourceFault
from socle.clock import ManualClock
from socle.events import Event, Position, Received, Tombstone

HORIZON = 12 * 3600
"""Seconds ahead within which lines are compared: the rules plan the runs of a day and the next."""


class Address:
    """One address of an operator, as its server answers at the clock's instant."""

    def __init__(
        self, publisher: Publisher, name: str, parts: tuple[Part, ...], clock: ManualClock
    ) -> None:
        self.address = f"https://{publisher.operator.id}.example/{name}"
        self.last: bytes | None = None
        self._publisher, self._parts, self._clock = publisher, parts, clock

    async def read(self, _: str | None) -> Body:
        now = int(self._clock.now().timestamp())
        spoken = published_instant(self._publisher.operator.id, now)
        if spoken is None:
            raise SourceFault("http_503", "HTTP 503 : erreur du serveur")
        self.last = self._publisher.message(self._parts, int(spoken))
        return Body(self.last, tag=str(spoken))

    async def pause(self, *, interval: float, failures: int) -> None:
        """Minutes pass by themselves."""


@dataclass
class Difference:
    """A board that differs from the rules."""

    at: datetime
    stop: str
    expected: tuple[Any, ...] | None
    actual: tuple[Any, ...] | None


@dataclass
class Tally:
    """What was compared."""

    boards: int = 0
    lines: int = 0
    states: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count what another compared."""
        self.boards += other.boards
        self.lines += other.lines
        self.differences += other.differences
        for state, count in other.states.items():
            self.states[state] = self.states.get(state, 0) + count


class OperatorPlay:
    """One operator, its live state, and the rules.

    `announce` publishes the polls' changes to followers of the tables; without it they go
    there at once, as the bus would bring them.
    """

    def __init__(
        self,
        operator: Operator,
        start: datetime,
        folder: Path,
        *,
        seed: int = 1,
        announce: Announce | None = None,
    ) -> None:
        self.clock, self.live = ManualClock(start), Live()
        archive = folder / f"{operator.id}.zip"
        first = start.astimezone(ZoneInfo(TIMEZONE)).date()
        archive.write_bytes(gtfs_zip(operator, first))
        feed_id = FeedId(operator.id)
        timetable = read_timetable(archive, feed_id, Report(), ArchiveLimits())
        self.live.install(ServingSchedule(timetable))
        self.feed_id = operator.id
        self.rules = RegionRules(operator.id, GtfsText(archive.read_bytes(), first, days=1))
        publisher = Publisher(operator, seed=seed)
        self._addresses = [
            Address(publisher, name, parts, self.clock)
            for name, parts in ADDRESSES[operator.id].items()
        ]
        self._round = PublishedEntities(EntityState())
        self._states = [self._unknown(index) for index in range(len(self._addresses))]
        announce = announce or self._announce
        self._tools = PollDependencies(
            decode_message, decode_entity, announce, _discard, self.clock
        )
        self._rendered: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def _unknown(self, index: int) -> SourceState:
        poll = FeedPollV1(
            feed_id=self.feed_id,
            source_index=index,
            address=self._addresses[index].address,
            attempted_at=self.clock.now(),
            outcome="unchanged",
        )
        return SourceState(poll)

    @property
    def tables(self) -> dict[type[Event], Callable[[Sequence[Any]], None]]:
        """The events published for an operator, and their follower."""
        return {
            TripUpdateV1: self.live.follow_trip_updates,
            VehiclePositionV1: self.live.follow_vehicles,
            AlertV1: self.live.follow_alerts,
            FeedPollV1: self.live.follow_polls,
        }

    async def minute(self, now: datetime) -> None:
        """Poll every address at an instant, for the live state and for the rules."""
        await self.poll(now)
        if self._addresses[0].last is not None:
            self.rules.receive(self._addresses[0].last, received=int(now.timestamp()))

    async def poll(self, now: datetime) -> None:
        """Poll every address at an instant, for the live state alone."""
        self.clock.advance((now - self.clock.now()).total_seconds())
        for index, address in enumerate(self._addresses):
            self._states[index] = await poll_source(
                address, self._states[index], self._round, tools=self._tools
            )

    async def _announce(self, *items: Event | Tombstone) -> None:
        now = self.clock.now()
        for table, follow in self.tables.items():
            batch = [_received(item, now) for item in items if _table(item) is table]
            if batch:
                follow(batch)

    def compare(self, stops: Sequence[str], tally: Tally, *, limit: int = 20) -> None:
        """Hold the board of each stop against the rules."""
        now = self.clock.now()
        for stop in stops:
            expected = dict(enumerate(self._expected(stop, now, limit)))
            actual = dict(enumerate(self._rendered_rows(stop, now, limit)))
            tally.boards += 1
            tally.lines += len(actual)
            for line in actual.values():
                state = line[RENDERED.index("state")]
                tally.states[state] = tally.states.get(state, 0) + 1
            if expected != actual:
                first = next(i for i in range(limit) if expected.get(i) != actual.get(i))
                found = Difference(now, stop, expected.get(first), actual.get(first))
                tally.differences.append(found)

    def _expected(self, stop: str, now: datetime, limit: int) -> Iterator[tuple[Any, ...]]:
        at = int(now.timestamp())
        for instant, line in self.rules.board(stop, at=at, limit=limit):
            if instant < at + HORIZON:
                yield line

    def _rendered_rows(self, stop: str, now: datetime, limit: int) -> Iterator[tuple[Any, ...]]:
        board = get_board(self.live.state, f"{self.feed_id}:{stop}", now=now, limit=limit)
        lines: Any = board_json(self.live.state, board, self._rendered)["departures"]
        while lines and _ahead(lines[-1], now) >= HORIZON:
            lines = lines[:-1]
        for line in lines:
            yield tuple(line[name] for name in RENDERED)

    def feed(self) -> dict[str, Any]:
        """The feed as `/mobilite/v1/feeds` lists it."""
        now = self.clock.now()
        listed: Any = feed_list_json(list_feeds(self.live.state, now=now), now=now)
        return dict(listed["feeds"][0])


def _ahead(line: Any, now: datetime) -> float:
    """Seconds until a departure, by its board."""
    actual = datetime.fromisoformat(line["predicted"] or line["scheduled"])
    return (actual - now).total_seconds()


def _table(item: Event | Tombstone) -> type[Event]:
    return item.event_type if isinstance(item, Tombstone) else type(item)


def _received(item: Event | Tombstone, at: datetime) -> Received[Any]:
    key, data = (item.key, None) if isinstance(item, Tombstone) else (item.key(), item)
    return Received("id", "mobilite", at, key, data, None, Position("t", 0, 0))


async def _discard(_: str, __: str, ___: bytes, *, at: datetime) -> None:
    """Nothing is archived of a day that can be played again."""

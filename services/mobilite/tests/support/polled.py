"""Addresses polled by the real code, from real files, and a follower of the tables."""

import os
from datetime import UTC, datetime
from pathlib import Path

from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.archive.adapters.raw_archive import RawArchive
from mobilite.events import FeedPollV1, TripUpdateV1
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from mobilite.polling.flows.poll_source import PollDependencies, SourceState, poll_source
from mobilite.polling.flows.publish_entities import PublishedEntities
from mobilite.sources.adapters.file_source import FileSource
from socle.clock import ManualClock
from socle.errors import Retry
from socle.events import Event, EventT, Tombstone

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
T = int(NOON.timestamp())


class Follower:
    """A follower's copy of the tables, and how many records it received."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], Event] = {}
        self.result: list[str] = []
        self.away = False
        self.lost_after: int | None = None

    async def announce(self, *items: Event | Tombstone) -> None:
        """Applies the items; when `away`, the first `lost_after` still arrive."""
        for count, item in enumerate(items):
            if self.away and count >= (self.lost_after or 0):
                raise Retry("le bus est absent")
            key = item.key if isinstance(item, Tombstone) else item.key()
            topic = item.event_type.topic if isinstance(item, Tombstone) else item.topic
            if topic != FeedPollV1.topic:
                self.result.append(("-" if isinstance(item, Tombstone) else "+") + key)
            if isinstance(item, Tombstone):
                self.tables.pop((topic, key), None)
            else:
                self.tables[topic, key] = item

    def delays(self) -> dict[str, int | None]:
        """What is predicted, by trip."""
        return {update.trip.trip_id or "": update.delay for update in self.held(TripUpdateV1)}

    def held(self, event_type: type[EventT]) -> list[EventT]:
        """The records of one table."""
        return [each for each in self.tables.values() if isinstance(each, event_type)]

    def poll(self, index: int = 0) -> FeedPollV1:
        """The state of one address."""
        poll = self.tables[FeedPollV1.topic, f"tao:{index}"]
        assert isinstance(poll, FeedPollV1)
        return poll

    def notes(self, index: int = 0) -> dict[str, int]:
        """The doubts about its last message."""
        return {note.code: note.count for note in self.poll(index).notes}


class Address:
    """One polled file of the feed "tao"."""

    def __init__(
        self, path: Path, feed: PublishedEntities, follower: Follower, clock: ManualClock
    ) -> None:
        index = int(path.stem)
        self.writes = 0
        self.path, self.feed = path, feed
        archive = RawArchive(path.parent / "archive", hours=1, most_bytes=2**20)
        self.tools = PollDependencies(
            decode_message, decode_entity, follower.announce, archive.store_message, clock
        )
        self.source = FileSource(str(path), clock=clock, max_bytes=2**20)
        self.state = SourceState(
            FeedPollV1(
                feed_id="tao",
                source_index=index,
                address=self.source.address,
                attempted_at=clock.now(),
                outcome="unchanged",
            )
        )

    async def publish(self, at: int, **delays: int | tuple[int, int]) -> None:
        """Publish delays by trip, with the instant of measurement if given."""
        entities = ""
        for trip, delay in delays.items():
            late, measured = delay if isinstance(delay, tuple) else (delay, 0)
            own = f"timestamp: {measured}" if measured else ""
            entities += f'entity {{ id: "{len(entities)}" trip_update {{ '
            entities += f'trip {{ trip_id: "{trip}" }} delay: {late} {own} }} }}'
        await self.publish_all(at, entities)

    async def publish_all(self, at: int, entities: str) -> None:
        """Any entities, in protobuf's text format."""
        complete = f'header {{ gtfs_realtime_version: "2.0" timestamp: {at} }} {entities}'
        await self.answers(text_format.Parse(complete, gtfs_rt.FeedMessage()).SerializeToString())

    async def answers(self, body: bytes) -> None:
        """Any bytes."""
        self.path.write_bytes(body)
        self.writes += 1  # two writes within one tick of the file system's clock look like one
        os.utime(self.path, ns=(self.writes, self.writes))
        await self.poll()

    async def poll(self) -> None:
        """One poll of it."""
        self.state = await poll_source(self.source, self.state, self.feed, tools=self.tools)

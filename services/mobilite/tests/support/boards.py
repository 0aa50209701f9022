"""A live state fed by the real code: GTFS text packed, FeedMessages decoded, tables followed."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from cities import LINE, timetable_from_text
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.boards.api.rendering import board_json
from mobilite.boards.flows.show_departures import get_board
from mobilite.events import (
    EntityCounts,
    FeedPollV1,
    ImportAttempt,
    PollError,
    TimetableV1,
)
from mobilite.feed_status.api.rendering import feed_list_json
from mobilite.feed_status.flows.list_feeds import list_feeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import Live, ServingSchedule
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from mobilite.polling.domain.feed_message import EntityType, Record
from mobilite.realtime.domain.feed_snapshot import Run
from mobilite.realtime.domain.run_matching import RunKey
from socle.events import EventT, Position, Received

EIGHT = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
"""Monday 2 March 2026, 08:00 in Paris."""


def paris(time: str, day: str = "2026-03-02") -> datetime:
    """An instant of the winter in Paris."""
    return datetime.fromisoformat(f"{day}T{time}+01:00")


def clock(departure: Mapping[str, Any], field: str = "predicted") -> str | None:
    """The local time of a departure, HH:MM:SS."""
    result = departure[field]
    return None if result is None else result[11:19]


def received(key: str, data: EventT | None, at: datetime) -> Received[EventT]:
    """A record as the bus hands it over."""
    return Received("id", "mobilite", at, key, data, None, Position("t", 0, 0))


class City:
    """One replica's live state, and how its feeds reach it."""

    def __init__(self, *, now: datetime = EIGHT) -> None:
        self.now = now
        self.live = Live()
        self.trip_update_followers: list[Callable[[list[Any]], None]] = [
            self.live.follow_trip_updates
        ]
        self._published: dict[tuple[str, int], set[Record]] = {}
        self.addresses: dict[tuple[str, int], str] = {}

    def schedule(self, files: Mapping[str, str], feed_id: str = "f") -> None:
        """Bring a schedule in, or another version of it."""
        timetable = timetable_from_text(files, feed_id)
        facts = TimetableV1(
            feed_id=feed_id,
            name=f"Réseau {feed_id}",
            licence="etalab-2.0",
            attribution="La région",
            address="file:packed",
            last_attempt=ImportAttempt(at=self.now, outcome="imported"),
        )
        self.live.follow_timetables([received(facts.key(), facts, self.now)])
        self.live.install(ServingSchedule(timetable))

    def publish(self, text: str, feed_id: str = "f", source: int = 0) -> None:
        """Publish a complete FeedMessage (its entities in protobuf text format) at one address,
        dated now."""
        header = f'header {{ gtfs_realtime_version: "2.0" timestamp: {int(self.now.timestamp())} }}'
        self.receive(text_format.Parse(f"{header} {text}", gtfs_rt.FeedMessage()), feed_id, source)

    def receive(self, message: Any, feed_id: str = "f", source: int = 0) -> None:
        """A FeedMessage of one address."""
        body = message.SerializeToString()
        message = decode_message(body, feed_id=feed_id, source=source)
        before = self._published.get((feed_id, source), set())
        self._published[feed_id, source] = set(message.statements)
        batches: dict[EntityType, list[Any]] = {variant: [] for variant in EntityType}
        for record in sorted(before - set(message.statements)):
            batches[record.entity_type].append(received(record.key, None, self.now))
        for record, published in message.statements.items():
            event = decode_entity(record, published.content, feed_id=feed_id, source=source)[0]
            batches[record.entity_type].append(received(record.key, event, self.now))
        for receive in self.trip_update_followers:
            receive(batches[EntityType.TRIP_UPDATE])
        self.live.follow_vehicles(batches[EntityType.VEHICLE])
        self.live.follow_alerts(batches[EntityType.ALERT])
        self.live.follow_modifications(batches[EntityType.TRIP_MODIFICATIONS])
        poll = FeedPollV1(
            feed_id=feed_id,
            source_index=source,
            address=self.addresses.get((feed_id, source), "https://op.example/rt.pb"),
            attempted_at=self.now,
            outcome="accepted",
            succeeded_at=self.now,
            as_of=self.now,
            entities=EntityCounts(
                trip_updates=message.counts.trip_updates,
                vehicle_positions=message.counts.vehicle_positions,
                alerts=message.counts.alerts,
            ),
        )
        self.live.follow_polls([received(poll.key(), poll, self.now)])

    def fails(self, feed_id: str, *, since: datetime, source: int = 0) -> None:
        """The last attempt at an address failed; its last data, if any, stays."""
        polls = self.live.state.polls.get(FeedId(feed_id), {})
        before = polls.get(source) or FeedPollV1(
            feed_id=feed_id,
            source_index=source,
            address="https://op.example/rt.pb",
            attempted_at=self.now,
            outcome="failed",
        )
        failed = before.model_copy(
            update={
                "outcome": "failed",
                "consecutive_failures": 1,
                "error": PollError(code="timeout", message="Trop lent.", since=since),
            }
        )
        self.live.follow_polls([received(failed.key(), failed, self.now)])

    def wait(self, **duration: float) -> None:
        """Let time pass, with no news of anybody."""
        self.now += timedelta(**duration)

    def board(
        self,
        stop_id: str,
        *,
        at: datetime | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Any:
        """The board as the API answers it."""
        board = get_board(self.live.state, stop_id, now=self.now, at=at, limit=limit, cursor=cursor)
        return board_json(self.live.state, board, WeakKeyDictionary())

    def departures(self, stop_id: str, *, at: datetime | None = None, limit: int = 20) -> Any:
        """The lines of the board."""
        return self.board(stop_id, at=at, limit=limit)["departures"]

    def first(self, stop_id: str, *, at: datetime | None = None) -> Any:
        """The first line of the board."""
        return self.departures(stop_id, at=at, limit=1)[0]

    def feeds(self) -> dict[str, Any]:
        """The feeds as the API lists them, by id."""
        listed = feed_list_json(list_feeds(self.live.state, now=self.now), now=self.now)
        return {str(feed["id"]): feed for feed in listed["feeds"]}

    def runs(self, feed_id: str = "f") -> list[tuple[RunKey, Run]]:
        """The runs with an update."""
        return list(self.live.state.snapshot.feed(FeedId(feed_id)).runs.items())

    def day(self, key: RunKey) -> str:
        """The service day of a run, YYYYMMDD."""
        return f"{date.fromordinal(key[1]):%Y%m%d}"


def update(trip: str, stops: str = "", more: str = "", entity: str = "1") -> str:
    """One entity: a TripUpdate of a trip (the fields of its descriptor), its stops, the rest."""
    return f'entity {{ id: "{entity}" trip_update {{ trip {{ {trip} }} {stops} {more} }} }}'


def city_of_one_bus() -> City:
    """One bus a day: s1 08:00, s2 08:10 (leaves 08:11), s3 08:20, s4 08:30."""
    city = City(now=paris("07:30:00"))
    city.schedule(LINE)
    return city


TODAY = 'trip_id: "t" start_date: "20260302"'
"""The trip of today's bus, as a TripDescriptor names it."""


def prediction_at(city: City, stop: str) -> tuple[str, str | None]:
    """The state and the predicted time of that bus at a stop."""
    line = city.first(f"f:{stop}", at=paris("00:00:00"))
    return line["state"], clock(line)

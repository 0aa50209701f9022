"""The replica's live state: tables followed into one immutable picture.

One writer (`Live`, on the event loop) swaps the picture; whoever reads takes it once and works on
it without a lock. https://12factor.net/processes: nothing here outlives the process, the tables
on the bus do.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from mobilite.alerts.domain.alert import Alert
from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.alerts.flows.read_alert import read_alert
from mobilite.events import AlertV1, FeedPollV1, TimetableV1, TripUpdateV1, VehiclePositionV1
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot, Source
from mobilite.realtime.domain.snapshot import Snapshot
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.realtime.flows.read_trip_update import read_trip_update
from mobilite.realtime.flows.realtime_status import is_desk
from mobilite.rental.flows.live_rentals import LiveRentals
from mobilite.stops.domain.stop_search import StopSearch
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import Timetable
from mobilite.vehicles.domain.fleet import Fleet, Vehicle
from mobilite.vehicles.flows.read_vehicle import read_vehicle
from socle.errors import Refusal
from socle.events import EventT, Received

AT_ONCE = 100
"""Updates read on the event loop with a new timetable; what is more than that is read aside."""
ROUNDS = 8
"""Times what was heard meanwhile is read aside: a feed that never stops must not put it off."""


class ServingSchedule:
    """A timetable made ready to serve: a moment for a large feed, so `Live.serve` uses a thread."""

    def __init__(self, timetable: Timetable) -> None:
        self.feed_id = timetable.feed_id
        self.schedule = FeedSchedule(timetable)
        self.search = StopSearch(self.schedule)


@dataclass(frozen=True, slots=True)
class LiveState:
    """What this replica knows at one instant, by feed; `vehicles` and `alerts` as told, by record
    key, `alert_indexes` the same alerts by what they are about."""

    snapshot: Snapshot = field(default_factory=Snapshot)
    searches: Mapping[FeedId, StopSearch] = field(default_factory=dict)
    timetables: Mapping[FeedId, TimetableV1] = field(default_factory=dict)
    polls: Mapping[FeedId, Mapping[int, FeedPollV1]] = field(default_factory=dict)
    vehicles: Mapping[FeedId, Mapping[str, VehiclePositionV1]] = field(default_factory=dict)
    fleets: Mapping[FeedId, Fleet] = field(default_factory=dict)
    alerts: Mapping[FeedId, Mapping[str, AlertV1]] = field(default_factory=dict)
    alert_indexes: Mapping[FeedId, AlertIndex] = field(default_factory=dict)

    def fleet(self, feed_id: FeedId) -> Fleet:
        """The vehicles of a feed."""
        return self.fleets.get(feed_id) or Fleet()

    def alert_index(self, feed_id: FeedId) -> AlertIndex:
        """The alerts of a feed, read with the schedule that serves."""
        known = self.alert_indexes.get(feed_id)
        return known or AlertIndex(self.snapshot.feed(feed_id).schedule)


class Live:
    """The one writer of the live state, on the event loop."""

    def __init__(self) -> None:
        self.state = LiveState()
        self._changed = asyncio.Event()
        self.rentals = LiveRentals()
        self._reading: Callable[[], bool] | None = None

    def begin(self, reading: Callable[[], bool]) -> None:
        """Tell that the tables are being read, until `reading` says no for the first time."""
        self._reading = reading

    def must_be_whole(self) -> None:
        """Raises Refusal("unavailable") while the tables are read at the start: what is not known
        yet may well exist, and "no disruption" would be a lie."""
        if self._reading is not None and self._reading():
            raise Refusal(
                "unavailable", "Le service démarre : redemandez dans un instant.", retry_after=2
            )
        self._reading = None

    async def next_change(self) -> None:
        """Wait until the state is another than at the moment of the call."""
        await self._changed.wait()

    def follow_trip_updates(self, batch: Sequence[Received[TripUpdateV1]]) -> None:
        """Take a batch of `mobilite.trip-update.v1`: one new snapshot for each feed it names."""
        changes: dict[FeedId, dict[str, TripUpdate | None]] = {}
        for received in batch:
            update = None if received.data is None else read_trip_update(received)
            changes.setdefault(_feed_of(received.key), {})[received.key] = update
        snapshot = self.state.snapshot
        for feed_id, changed in changes.items():
            snapshot = snapshot.with_feed(snapshot.feed(feed_id).with_updates(changed))
        self._swap(replace(self.state, snapshot=snapshot))

    def follow_vehicles(self, batch: Sequence[Received[VehiclePositionV1]]) -> None:
        """Take a batch of `mobilite.vehicle-position.v1`."""
        state, changes = self.state, dict[FeedId, dict[str, Vehicle | None]]()
        for received in batch:
            vehicle = None if received.data is None else read_vehicle(received)
            changes.setdefault(_feed_of(received.key), {})[received.key] = vehicle
        fleets = state.fleets
        for feed_id, changed in changes.items():
            feed = state.snapshot.feed(feed_id)
            fleet = state.fleet(feed_id).with_vehicles(changed, feed)
            fleets = _with_fleet(fleets, feed_id, fleet)
        told = _with_records(state.vehicles, batch)
        self._swap(replace(state, vehicles=told, fleets=fleets))

    def follow_alerts(self, batch: Sequence[Received[AlertV1]]) -> None:
        """Take a batch of `mobilite.alert.v1`: one new index for each feed it names."""
        changes: dict[FeedId, dict[str, Alert | None]] = {}
        for received in batch:
            alert = None if received.data is None else read_alert(received)
            changes.setdefault(_feed_of(received.key), {})[received.key] = alert
        told = _with_records(self.state.alerts, batch)
        indexes = {
            feed_id: self.state.alert_index(feed_id).with_alerts(changed)
            for feed_id, changed in changes.items()
        }
        self._swap(
            replace(self.state, alerts=told, alert_indexes={**self.state.alert_indexes, **indexes})
        )

    def follow_polls(self, batch: Sequence[Received[FeedPollV1]]) -> None:
        """Take a batch of `mobilite.feed-poll.v1`: the age and health of each address."""
        state = self.state
        for received in batch:
            feed_id, index = _source_of(received.key)
            polls = {**state.polls.get(feed_id, {})}
            feed, poll = state.snapshot.feed(feed_id), received.data
            if poll is None:
                polls.pop(index, None)
                feed = feed.with_source(index, None)
            else:
                polls[index] = poll
                as_of = None if poll.as_of is None else int(poll.as_of.timestamp())
                feed = feed.with_source(index, Source(as_of, decides=is_desk(poll)))
            others = {key: told for key, told in state.polls.items() if key != feed_id}
            state = replace(
                state,
                snapshot=state.snapshot.with_feed(feed),
                polls={**others, feed_id: polls} if polls else others,
            )
        self._swap(state)

    def follow_timetables(self, batch: Sequence[Received[TimetableV1]]) -> None:
        """Take a batch of `mobilite.timetable.v1`: what is said of each schedule, not its content
        (`serve` brings that)."""
        timetables = {**self.state.timetables}
        for received in batch:
            feed_id = _feed_of(received.key)
            if received.data is None:
                timetables.pop(feed_id, None)
            else:
                timetables[feed_id] = received.data
        self._swap(replace(self.state, timetables=timetables))

    async def serve(self, timetable: Timetable) -> None:
        """Serve this timetable from now on; answers go on from the former one meanwhile.

        A whole feed's real time is read with it aside, since that takes a second for the largest;
        the writer is still this one, on the event loop.
        """
        serving = await asyncio.to_thread(ServingSchedule, timetable)
        base = self.state.snapshot.feed(serving.feed_id)
        read = await asyncio.to_thread(base.with_schedule, serving.schedule)
        for _ in range(ROUNDS):
            news = self.state.snapshot.feed(serving.feed_id).news_since(read)
            if len(news) <= AT_ONCE:
                break
            read = await asyncio.to_thread(read.with_updates, news)
        alerts = self.state.alert_index(serving.feed_id)
        alerts = await asyncio.to_thread(alerts.with_schedule, serving.schedule)
        fleet = self.state.fleet(serving.feed_id)
        self.put(serving, read, alerts, await asyncio.to_thread(fleet.beside, read))

    def put(
        self,
        serving: ServingSchedule,
        read: FeedSnapshot | None = None,
        alerts: AlertIndex | None = None,
        fleet: Fleet | None = None,
    ) -> None:
        """Serve a schedule made ready; `read`, `alerts` and `fleet` are the feed's real time as
        read with it, where that has been done already."""
        state, feed_id = self.state, serving.feed_id
        current = state.snapshot.feed(feed_id)
        if read is None:
            read = current.with_schedule(serving.schedule)
        told, seen = state.alert_index(feed_id), state.fleet(feed_id)
        if alerts is None:
            alerts = told.with_schedule(serving.schedule)
        feed = read.in_place_of(current)
        fleet = seen.beside(feed) if fleet is None else fleet.in_place_of(seen, feed)
        self._swap(
            replace(
                state,
                snapshot=state.snapshot.with_feed(feed),
                fleets=_with_fleet(state.fleets, feed_id, fleet),
                searches={**state.searches, feed_id: serving.search},
                alert_indexes={**state.alert_indexes, feed_id: alerts.in_place_of(told)},
            )
        )

    def withdraw(self, feed_id: FeedId) -> None:
        """Serve nothing of this feed any more; what it says of runs is kept for its return."""
        state = self.state
        feed: FeedSnapshot = state.snapshot.feed(feed_id).with_schedule(None)
        searches = {key: search for key, search in state.searches.items() if key != feed_id}
        alerts = state.alert_index(feed_id).with_schedule(None)
        self._swap(
            replace(
                state,
                snapshot=state.snapshot.with_feed(feed),
                fleets=_with_fleet(state.fleets, feed_id, state.fleet(feed_id).beside(feed)),
                searches=searches,
                alert_indexes={**state.alert_indexes, feed_id: alerts},
            )
        )

    def _swap(self, state: LiveState) -> None:
        self.state = state
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _with_records(
    told: Mapping[FeedId, Mapping[str, EventT]], batch: Sequence[Received[EventT]]
) -> Mapping[FeedId, Mapping[str, EventT]]:
    """The tables after a batch; a feed without a record is not in them."""
    touched: dict[FeedId, dict[str, EventT]] = {}
    for received in batch:
        feed_id = _feed_of(received.key)
        if feed_id not in touched:
            touched[feed_id] = {**told.get(feed_id, {})}
        if received.data is None:
            touched[feed_id].pop(received.key, None)
        else:
            touched[feed_id][received.key] = received.data
    after = {**told, **touched}
    return {feed_id: records for feed_id, records in after.items() if records}


def _with_fleet(
    fleets: Mapping[FeedId, Fleet], feed_id: FeedId, fleet: Fleet
) -> Mapping[FeedId, Fleet]:
    """The fleets with that one; a feed without a vehicle has none."""
    others = {known: each for known, each in fleets.items() if known != feed_id}
    return {**others, feed_id: fleet} if fleet.vehicles else others


def _feed_of(key: str) -> FeedId:
    """The feed a record's key begins with (`events.part.key_of`)."""
    return FeedId(unquote(key.partition(":")[0]))


def _source_of(key: str) -> tuple[FeedId, int]:
    return _feed_of(key), int(key.partition(":")[2])

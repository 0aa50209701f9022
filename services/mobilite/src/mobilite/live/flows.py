"""The replica's live state: the followed tables, combined into one immutable state.

One writer (`Live`, on the event loop) replaces the state; readers take the reference once and
work without a lock. The state is rebuilt from the tables on the bus at each start.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mobilite.alerts.domain.alert import Alert
from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.alerts.flows.read_alert import read_alert
from mobilite.events import AlertV1, FeedPollV1, TimetableV1, TripUpdateV1, VehiclePositionV1
from mobilite.events.part import feed_of, parts_of
from mobilite.events.trip_modifications import TripModificationsV1
from mobilite.gtfs.domain.ids import FeedId
from mobilite.places.flows.live_places import LivePlaces
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.snapshot import Snapshot
from mobilite.realtime.domain.source import Source
from mobilite.realtime.domain.trip_modifications import TripModifications
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.realtime.flows.read_trip_modifications import read_trip_modifications
from mobilite.realtime.flows.read_trip_update import read_trip_update
from mobilite.realtime.flows.realtime_status import is_desk, is_estimates
from mobilite.rental.flows.live_rentals import LiveRentals
from mobilite.stops.domain.stop_search import StopSearch
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import Timetable
from mobilite.vehicles.domain.fleet import Fleet, Vehicle
from mobilite.vehicles.flows.read_vehicle import read_vehicle
from socle.errors import Refusal
from socle.events import EventT, Received

MAX_ON_LOOP = 100
"""At most this many updates are matched to a new timetable on the event loop; more are matched in
a thread."""
MAX_ROUNDS = 8
"""How often updates that came meanwhile are matched in a thread, so that a busy feed does not delay
a timetable for ever."""


class ServingSchedule:
    """A timetable with its derived indexes. To build it takes long for a large feed: `Live.serve`
    does it in a thread."""

    def __init__(self, timetable: Timetable) -> None:
        self.feed_id = timetable.feed_id
        self.schedule = FeedSchedule(timetable)
        self.search = StopSearch(self.schedule)


@dataclass(frozen=True, slots=True)
class LiveState:
    """The state of this replica at one instant, by feed."""

    snapshot: Snapshot = field(default_factory=Snapshot)
    """The schedule in service and the runs of each feed."""
    searches: Mapping[FeedId, StopSearch] = field(default_factory=dict)
    """The stop search of each schedule in service."""
    timetables: Mapping[FeedId, TimetableV1] = field(default_factory=dict)
    """The announced schedules, in service or not yet."""
    polls: Mapping[FeedId, Mapping[int, FeedPollV1]] = field(default_factory=dict)
    """The state of each real-time address, by its number."""
    vehicles: Mapping[FeedId, Mapping[str, VehiclePositionV1]] = field(default_factory=dict)
    """The vehicles as published, by record key."""
    fleets: Mapping[FeedId, Fleet] = field(default_factory=dict)
    """The same vehicles with their runs."""
    alerts: Mapping[FeedId, Mapping[str, AlertV1]] = field(default_factory=dict)
    """The alerts as published, by record key."""
    alert_indexes: Mapping[FeedId, AlertIndex] = field(default_factory=dict)
    """The same alerts by what they affect."""
    modifications: Mapping[FeedId, Mapping[str, TripModificationsV1]] = field(default_factory=dict)
    """The detours with their shapes and stops as published, by record key."""

    def fleet(self, feed_id: FeedId) -> Fleet:
        """The vehicles of a feed."""
        return self.fleets.get(feed_id) or Fleet()

    def alert_index(self, feed_id: FeedId) -> AlertIndex:
        """The alerts of a feed, matched to its current schedule."""
        known = self.alert_indexes.get(feed_id)
        return known or AlertIndex(self.snapshot.feed(feed_id).schedule)


class Live:
    """The single writer of the live state, on the event loop."""

    def __init__(self) -> None:
        self.state = LiveState()
        self._changed = asyncio.Event()
        self.rentals = LiveRentals()
        """The state of rentals, which changes on its own."""
        self.places = LivePlaces(self)  # of the schedules in service
        self._catching_up: Callable[[], bool] | None = None

    def track_catch_up(self, reading: Callable[[], bool]) -> None:
        """Enable `require_caught_up`. `reading`: whether the tables are still being read after the
        start of the process."""
        self._catching_up = reading

    def require_caught_up(self) -> None:
        """Check that the tables have been read since the start. Raises Refusal("unavailable") until
        then: "no disruption" would be wrong if alerts have not been read yet."""
        if self._catching_up is not None and self._catching_up():
            raise Refusal(
                "unavailable", "Le service démarre : redemandez dans un instant.", retry_after=2
            )
        self._catching_up = None

    async def next_change(self) -> None:
        """Wait until the state is replaced."""
        await self._changed.wait()

    def follow_trip_updates(self, batch: Sequence[Received[TripUpdateV1]]) -> None:
        """Apply a batch of `mobilite.trip-update.v1`: one new snapshot for each feed in it."""
        changes: dict[FeedId, dict[str, TripUpdate | None]] = {}
        for received in batch:
            update = None if received.data is None else read_trip_update(received)
            changes.setdefault(FeedId(feed_of(received.key)), {})[received.key] = update
        snapshot = self.state.snapshot
        for feed_id, changed in changes.items():
            snapshot = snapshot.with_feed(snapshot.feed(feed_id).with_updates(changed))
        self._swap(replace(self.state, snapshot=snapshot))

    def follow_vehicles(self, batch: Sequence[Received[VehiclePositionV1]]) -> None:
        """Apply a batch of `mobilite.vehicle-position.v1`."""
        state, changes = self.state, dict[FeedId, dict[str, Vehicle | None]]()
        for received in batch:
            vehicle = None if received.data is None else read_vehicle(received)
            changes.setdefault(FeedId(feed_of(received.key)), {})[received.key] = vehicle
        fleets = state.fleets
        for feed_id, changed in changes.items():
            feed = state.snapshot.feed(feed_id)
            fleet = state.fleet(feed_id).with_vehicles(changed, feed)
            fleets = _with_fleet(fleets, feed_id, fleet)
        records = _with_records(state.vehicles, batch)
        self._swap(replace(state, vehicles=records, fleets=fleets))

    def follow_alerts(self, batch: Sequence[Received[AlertV1]]) -> None:
        """Apply a batch of `mobilite.alert.v1`: one new index for each feed in it."""
        changes: dict[FeedId, dict[str, Alert | None]] = {}
        for received in batch:
            alert = None if received.data is None else read_alert(received)
            changes.setdefault(FeedId(feed_of(received.key)), {})[received.key] = alert
        records, indexes = _with_records(self.state.alerts, batch), {**self.state.alert_indexes}
        for feed_id, changed in changes.items():
            indexes[feed_id] = self.state.alert_index(feed_id).with_alerts(changed)
        self._swap(replace(self.state, alerts=records, alert_indexes=indexes))

    def follow_modifications(self, batch: Sequence[Received[TripModificationsV1]]) -> None:
        """Apply a batch of `mobilite.trip-modifications.v1`: one new snapshot for each feed."""
        changes: dict[FeedId, dict[str, TripModifications | None]] = {}
        for received in batch:
            changed = changes.setdefault(FeedId(feed_of(received.key)), {})
            changed[received.key] = read_trip_modifications(received)
        snapshot = self.state.snapshot
        for feed_id, changed in changes.items():
            feed = snapshot.feed(feed_id)
            after = {**feed.modifications, **changed}
            known = {key: each for key, each in after.items() if each is not None}
            snapshot = snapshot.with_feed(feed.with_modifications(known))
        records = _with_records(self.state.modifications, batch)
        self._swap(replace(self.state, snapshot=snapshot, modifications=records))

    def follow_polls(self, batch: Sequence[Received[FeedPollV1]]) -> None:
        """Apply a batch of `mobilite.feed-poll.v1`: the age and health of each address."""
        state = self.state
        for received in batch:
            name, number = parts_of(received.key)
            feed_id, index = FeedId(name), int(number)
            polls = {**state.polls.get(feed_id, {})}
            feed, poll = state.snapshot.feed(feed_id), received.data
            if poll is None:
                polls.pop(index, None)
                feed = feed.with_source(index, None)
            else:
                polls[index] = poll
                as_of = None if poll.as_of is None else int(poll.as_of.timestamp())
                feed = feed.with_source(index, Source(as_of, is_desk(poll), is_estimates(poll)))
            others = {key: each for key, each in state.polls.items() if key != feed_id}
            state = replace(
                state,
                snapshot=state.snapshot.with_feed(feed),
                polls={**others, feed_id: polls} if polls else others,
            )
        self._swap(state)

    def follow_timetables(self, batch: Sequence[Received[TimetableV1]]) -> None:
        """Apply a batch of `mobilite.timetable.v1`: announcements. `serve` brings timetables."""
        timetables = {**self.state.timetables}
        for received in batch:
            feed_id = FeedId(feed_of(received.key))
            if received.data is None:
                timetables.pop(feed_id, None)
            else:
                timetables[feed_id] = received.data
        self._swap(replace(self.state, timetables=timetables))

    async def serve(self, timetable: Timetable) -> None:
        """Serve this timetable from now on; the previous one serves meanwhile.

        The feed's real time is matched to it in a thread, since that takes a second for the
        largest feed. Only this writer changes the state, on the event loop.
        """
        serving = await asyncio.to_thread(ServingSchedule, timetable)
        base = self.state.snapshot.feed(serving.feed_id)
        matched = await asyncio.to_thread(base.with_schedule, serving.schedule)
        for _ in range(MAX_ROUNDS):
            news = self.state.snapshot.feed(serving.feed_id).news_since(matched)
            if len(news) <= MAX_ON_LOOP:
                break
            matched = await asyncio.to_thread(matched.with_updates, news)
        alerts = self.state.alert_index(serving.feed_id)
        alerts = await asyncio.to_thread(alerts.with_schedule, serving.schedule)
        fleet = self.state.fleet(serving.feed_id)
        self.install(serving, matched, alerts, await asyncio.to_thread(fleet.with_feed, matched))

    def install(
        self,
        serving: ServingSchedule,
        matched: FeedSnapshot | None = None,
        alerts: AlertIndex | None = None,
        fleet: Fleet | None = None,
    ) -> None:
        """Serve a prepared schedule.

        `matched`, `alerts`, `fleet`: the runs, alerts and vehicles of the feed, matched to it in a
        thread; None: match them now.
        """
        state, feed_id = self.state, serving.feed_id
        current = state.snapshot.feed(feed_id)
        if matched is None:
            matched = current.with_schedule(serving.schedule)
        current_alerts, current_fleet = state.alert_index(feed_id), state.fleet(feed_id)
        if alerts is None:
            alerts = current_alerts.with_schedule(serving.schedule)
        feed = matched.in_place_of(current)
        fleet = (
            current_fleet.with_feed(feed)
            if fleet is None
            else fleet.in_place_of(current_fleet, feed)
        )
        self._swap(
            replace(
                state,
                snapshot=state.snapshot.with_feed(feed),
                fleets=_with_fleet(state.fleets, feed_id, fleet),
                searches={**state.searches, feed_id: serving.search},
                alert_indexes={**state.alert_indexes, feed_id: alerts.in_place_of(current_alerts)},
            )
        )

    def withdraw(self, feed_id: FeedId) -> None:
        """Stop serving the schedule of a feed; its real-time records are retained."""
        state = self.state
        feed: FeedSnapshot = state.snapshot.feed(feed_id).with_schedule(None)
        searches = {key: search for key, search in state.searches.items() if key != feed_id}
        alerts = state.alert_index(feed_id).with_schedule(None)
        self._swap(
            replace(
                state,
                snapshot=state.snapshot.with_feed(feed),
                fleets=_with_fleet(state.fleets, feed_id, state.fleet(feed_id).with_feed(feed)),
                searches=searches,
                alert_indexes={**state.alert_indexes, feed_id: alerts},
            )
        )

    def _swap(self, state: LiveState) -> None:
        self.state = state
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _with_records(
    records: Mapping[FeedId, Mapping[str, EventT]], batch: Sequence[Received[EventT]]
) -> Mapping[FeedId, Mapping[str, EventT]]:
    """The records, by feed and key, after a batch; without feeds that have none."""
    touched: dict[FeedId, dict[str, EventT]] = {}
    for received in batch:
        feed_id = FeedId(feed_of(received.key))
        if feed_id not in touched:
            touched[feed_id] = {**records.get(feed_id, {})}
        if received.data is None:
            touched[feed_id].pop(received.key, None)
        else:
            touched[feed_id][received.key] = received.data
    after = {**records, **touched}
    return {feed_id: each for feed_id, each in after.items() if each}


def _with_fleet(
    fleets: Mapping[FeedId, Fleet], feed_id: FeedId, fleet: Fleet
) -> Mapping[FeedId, Fleet]:
    """The fleets after that of one feed changed; without fleets that have no vehicles."""
    others = {known: each for known, each in fleets.items() if known != feed_id}
    return {**others, feed_id: fleet} if fleet.vehicles else others

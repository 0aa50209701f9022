"""What of each feed goes out in the merged real time, and what does not and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mobilite.events import VehiclePositionV1
from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.flows.merge_selectors import merged_selectors, trip_known
from mobilite.open_data.ports import MergedState, WriteEntities
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.timetable.domain.timetable import Timetable

Address = tuple[FeedId, int]
"""One real-time address of a feed."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The entities that go out, in an order that depends on their ids alone; how many of each feed;
    how many stay out, by reason; and when each was measured (POSIX seconds, 0 where not told)."""

    entities: list[bytes] = field(default_factory=list)
    sent: Counter[FeedId] = field(default_factory=Counter)
    left_out: dict[FeedId, Counter[str]] = field(default_factory=dict)
    instants: list[int] = field(default_factory=list)

    def send(self, feed_id: FeedId, entity: bytes, measured_at: int | None = None) -> None:
        """Take an entity."""
        self.entities.append(entity)
        self.sent[feed_id] += 1
        self.instants.append(measured_at or 0)

    def leave_out(self, feed_id: FeedId, reason: str, count: int = 1) -> None:
        """Count what does not go out."""
        if count:
            self.left_out.setdefault(feed_id, Counter())[reason] += count


@dataclass(frozen=True, slots=True)
class Picking:
    """The state to pick from, the feeds of the merged schedule, the addresses that fell silent, the
    vehicles (record keys) not seen for too long, and the trip updates as written, by record key."""

    state: MergedState
    feeds: frozenset[FeedId]
    silent: frozenset[Address]
    lost: frozenset[str]
    updates: Mapping[str, bytes]
    write: WriteEntities

    def trip_updates(self) -> Picked:
        """Of the runs that are known or made, the believed update each."""
        picked = Picked()
        said = {key: feed.updates for key, feed in self.state.snapshot.feeds.items()}
        for feed, _ in self._feeds(picked, said):
            for key in sorted(feed.updates):
                update, written = feed.updates[key], self.updates.get(key)
                reason = self._why_not(feed, update)
                if reason == "stale" and written is not None and _leaves_out_stops(update):
                    reason, written = None, self.write.decided(written)
                if reason is None and written is not None:
                    picked.send(feed.feed_id, written, update.measured_at)
                else:
                    picked.leave_out(feed.feed_id, reason or "superseded")
        return picked

    def _why_not(self, feed: FeedSnapshot, update: TripUpdate) -> str | None:
        outcome = feed.outcomes.get(update.key)
        if not isinstance(outcome, tuple):
            return "waiting" if outcome is None else str(outcome)
        run = feed.runs.get(outcome)
        if run is None or run.update.key != update.key:
            return "superseded"
        decided = update.relationship in ("CANCELED", "DELETED")
        return "stale" if (feed.feed_id, update.source) in self.silent and not decided else None

    def vehicles(self) -> Picked:
        """Of each vehicle the newest position that an address that still speaks tells. Two of one
        name are one, as on maps."""
        picked = Picked()
        for feed, timetable in self._feeds(picked, self.state.vehicles):
            fleet, latest = self.state.fleet(feed.feed_id), dict[str, VehiclePositionV1]()
            for key, said in sorted(self.state.vehicles[feed.feed_id].items()):
                name = fleet.vehicles[key].id
                if (feed.feed_id, said.source_index) in self.silent:
                    picked.leave_out(feed.feed_id, "stale")
                elif key in self.lost:
                    picked.leave_out(feed.feed_id, "lost")
                elif name not in latest or (said.timestamp or 0) > (latest[name].timestamp or 0):
                    picked.leave_out(feed.feed_id, "superseded", int(name in latest))
                    latest[name] = said
                else:
                    picked.leave_out(feed.feed_id, "superseded")
            for said in sorted(latest.values(), key=lambda each: each.key()):
                trip = said.trip is not None and trip_known(said.trip, feed, timetable)
                stop = said.stop_id and timetable.stop_ids.index_of(said.stop_id) is not None
                picked.leave_out(
                    feed.feed_id, "trip_unknown", int(said.trip is not None and not trip)
                )
                written = self.write.vehicle(said, trip=trip, stop=bool(stop))
                picked.send(feed.feed_id, written, said.timestamp)
        return picked

    def alerts(self) -> Picked:
        """All that concern something the schedule holds."""
        picked = Picked()
        for feed, timetable in self._feeds(picked, self.state.alerts):
            for _, said in sorted(self.state.alerts[feed.feed_id].items()):
                informed = [*merged_selectors(said.informed_entities, feed, timetable)]
                if informed:
                    picked.send(feed.feed_id, self.write.alert(said, informed))
                else:
                    picked.leave_out(feed.feed_id, "nothing_known")
        return picked

    def _feeds(
        self, picked: Picked, said: Mapping[FeedId, Mapping[str, object]]
    ) -> Iterator[tuple[FeedSnapshot, Timetable]]:
        """The feeds of the merged schedule that say something, in order."""
        for feed_id in sorted(said):
            feed = self.state.snapshot.feed(feed_id)
            if feed.schedule is not None and feed_id in self.feeds:
                yield feed, feed.schedule.timetable
            else:
                picked.leave_out(feed_id, "not_in_schedule", len(said[feed_id]))


def _leaves_out_stops(update: TripUpdate) -> bool:
    """Whether it decides that a run of the timetable does not serve some of its stops."""
    return update.relationship == "SCHEDULED" and any(
        each.relationship == "SKIPPED" for each in update.stop_updates
    )


def newest(instants: Iterable[int], *, base: int, ahead: int) -> int:
    """The latest of `base` and of the instants that lie no further than `ahead` after it."""
    return max([base, *(each for each in instants if each <= base + ahead)])

"""Selects the entities of each feed for the merged real time, and counts the omissions by
reason.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mobilite.events import VehiclePositionV1
from mobilite.events.part import key_of
from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.flows.corrections import corrected_position, corrected_update
from mobilite.open_data.flows.merge_modifications import known_modifications
from mobilite.open_data.flows.merge_selectors import merged_selectors, trip_known
from mobilite.open_data.ports import EntityWriter, MergedState
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.timetable.domain.timetable import Timetable

Address = tuple[FeedId, int]
"""One real-time address of a feed, by its number."""


@dataclass(frozen=True, slots=True)
class SelectedEntities:
    """The entities selected for a message."""

    entities: list[bytes] = field(default_factory=list)
    """In an order that depends on their ids only."""
    sent: Counter[FeedId] = field(default_factory=Counter)
    """Published entities per feed."""
    left_out: dict[FeedId, Counter[str]] = field(default_factory=dict)
    """Omitted entities per feed and reason; `trip_unknown`: vehicles sent without their trip."""
    instants: list[int] = field(default_factory=list)
    """The timestamp of each entity (POSIX seconds, 0 if unknown)."""

    def send(self, feed_id: FeedId, entity: bytes, measured_at: int | None = None) -> None:
        """Add a serialised entity; `measured_at`: its timestamp in POSIX seconds."""
        self.entities.append(entity)
        self.sent[feed_id] += 1
        self.instants.append(measured_at or 0)

    def leave_out(self, feed_id: FeedId, reason: str, count: int = 1) -> None:
        """Count omitted entities."""
        if count:
            self.left_out.setdefault(feed_id, Counter())[reason] += count


@dataclass(frozen=True, slots=True)
class EntitySelection:
    """Selects the entities of a state for the three messages."""

    state: MergedState
    feeds: frozenset[FeedId]
    """The feeds of the merged schedule."""
    silent: frozenset[Address]
    """The addresses without recent data."""
    lost: frozenset[str]
    """The record keys of vehicles not seen for too long."""
    updates: Mapping[str, bytes]
    """The serialised trip updates by record key."""
    write: EntityWriter

    def trip_updates(self) -> SelectedEntities:
        """The selected update of each run in the timetable or outside it, or of a modified trip;
        then the modifications."""
        selected = SelectedEntities()
        records = {key: feed.updates for key, feed in self.state.snapshot.feeds.items()}
        for feed, _ in self._feeds(selected, records):
            for key in sorted(feed.updates):
                update = feed.updates[key]
                published = self._published_update(feed, update)
                if isinstance(published, bytes):
                    selected.send(feed.feed_id, published, update.measured_at)
                else:
                    selected.leave_out(feed.feed_id, published)
        self._modifications(selected)
        return selected

    def _modifications(self, selected: SelectedEntities) -> None:
        """Add the modifications of known trips, and all shapes and stops."""
        for feed, timetable in self._feeds(selected, self.state.modifications):
            alerts = self.state.alerts.get(feed.feed_id, {})
            for _, event in sorted(self.state.modifications[feed.feed_id].items()):
                known = known_modifications(event, timetable, alerts)
                if known is None:
                    selected.leave_out(feed.feed_id, "nothing_known")
                else:
                    selected.send(feed.feed_id, self.write.trip_modifications(known))

    def _published_update(self, feed: FeedSnapshot, update: TripUpdate) -> bytes | str:
        """An update as it is published; the reason if it is not."""
        source = feed.sources.get(update.source)
        if source is not None and source.estimates:
            return "estimated"  # not an operator's
        outcome, written = feed.outcomes.get(update.key), self.updates.get(update.key)
        run = feed.runs.get(outcome) if isinstance(outcome, RunKey) else None
        if isinstance(outcome, RunKey):
            if run is None or update.key not in _keys_of_updates(run):
                return "superseded"
        elif not self._is_of_known_modifications(feed, update):
            return "waiting" if outcome is None else str(outcome)
        if written is None:
            return "superseded"
        silent = (feed.feed_id, update.source) in self.silent
        stale = silent and update.relationship not in ("CANCELED", "DELETED")
        if stale and not _leaves_out_stops(update):
            return "stale"
        corrected: bytes | None = written
        if run is not None and run.update.key == update.key:
            corrected = corrected_update(self.write, written, run)
        if corrected is None:
            return "mismatched"
        return self.write.decisions_only(corrected) if stale else corrected

    def _is_of_known_modifications(self, feed: FeedSnapshot, update: TripUpdate) -> bool:
        """Whether an update is about a known trip as modified by published modifications."""
        if update.modifications_id is None or update.trip_id is None or feed.schedule is None:
            return False
        key = key_of(feed.feed_id, update.source, update.modifications_id)
        return (
            key in self.state.modifications.get(feed.feed_id, {})
            and feed.schedule.timetable.trip_ids.index_of(update.trip_id) is not None
        )

    def vehicles(self) -> SelectedEntities:
        """The newest position of each vehicle, of addresses that are not silent. Positions with
        one vehicle id are of one vehicle, as on the map."""
        selected = SelectedEntities()
        for feed, timetable in self._feeds(selected, self.state.vehicles):
            fleet, latest = self.state.fleet(feed.feed_id), dict[str, VehiclePositionV1]()
            for key, position in sorted(self.state.vehicles[feed.feed_id].items()):
                name = fleet.vehicles[key].id
                if (feed.feed_id, position.source_index) in self.silent:
                    selected.leave_out(feed.feed_id, "stale")
                elif key in self.lost:
                    selected.leave_out(feed.feed_id, "lost")
                elif name not in latest or (position.timestamp or 0) > (
                    latest[name].timestamp or 0
                ):
                    selected.leave_out(feed.feed_id, "superseded", int(name in latest))
                    latest[name] = position
                else:
                    selected.leave_out(feed.feed_id, "superseded")
            for position in sorted(latest.values(), key=lambda each: each.key()):
                vehicle = fleet.vehicles[position.key()]
                run = fleet.run_of(vehicle, feed)
                position = corrected_position(position, vehicle, run, feed)
                trip = position.trip is not None and trip_known(position.trip, feed, timetable)
                stop = (
                    position.stop_id and timetable.stop_ids.index_of(position.stop_id) is not None
                )
                selected.leave_out(
                    feed.feed_id, "trip_unknown", int(position.trip is not None and not trip)
                )
                written = self.write.vehicle(position, trip=trip, stop=bool(stop))
                selected.send(feed.feed_id, written, position.timestamp)
        return selected

    def alerts(self) -> SelectedEntities:
        """The alerts that affect something in the schedule."""
        selected = SelectedEntities()
        for feed, timetable in self._feeds(selected, self.state.alerts):
            for _, alert in sorted(self.state.alerts[feed.feed_id].items()):
                informed = [*merged_selectors(alert.informed_entities, feed, timetable)]
                if informed:
                    selected.send(feed.feed_id, self.write.alert(alert, informed))
                else:
                    selected.leave_out(feed.feed_id, "nothing_known")
        return selected

    def _feeds(
        self, selected: SelectedEntities, records: Mapping[FeedId, Mapping[str, object]]
    ) -> Iterator[tuple[FeedSnapshot, Timetable]]:
        """The feeds of the merged schedule that have `records` (by feed and key), in order of
        their ids. The records of other feeds are counted as omitted."""
        for feed_id in sorted(records):
            feed = self.state.snapshot.feed(feed_id)
            if feed.schedule is not None and feed_id in self.feeds:
                yield feed, feed.schedule.timetable
            else:
                selected.leave_out(feed_id, "not_in_schedule", len(records[feed_id]))


def _keys_of_updates(run: Run) -> tuple[str, ...]:
    """The record keys of the updates of a run to publish: also that of the trip without
    modifications, for readers that do not support these."""
    unmodified = run.unmodified_update
    return (run.update.key,) if unmodified is None else (run.update.key, unmodified.key)


def _leaves_out_stops(update: TripUpdate) -> bool:
    """Whether an update skips stops of a run of the timetable."""
    return update.relationship == "SCHEDULED" and any(
        each.relationship == "SKIPPED" for each in update.stop_updates
    )


def newest(instants: Iterable[int], *, base: int, ahead: int) -> int:
    """The latest of `base` and of those instants that are at most `ahead` seconds after it."""
    return max([base, *(each for each in instants if each <= base + ahead)])

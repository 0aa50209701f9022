"""The outcome of a trip update: its run, or why it has none."""

from collections.abc import Mapping
from dataclasses import dataclass

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.added_trip_keys import (
    RejectionReason,
    added_trip_key,
    added_trip_name,
    first_day,
)
from mobilite.realtime.domain.added_trips import ADDING, build_added_trip
from mobilite.realtime.domain.modified_trips import ModifiedTrip
from mobilite.realtime.domain.run_matching import RunKey, Unmatched, find_run
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule

Outcome = RunKey | Unmatched | RejectionReason


@dataclass(frozen=True, slots=True)
class Claim:
    """The run an update is about, if that run exists."""

    key: RunKey
    fallback: Unmatched | RejectionReason | None = None
    """The outcome if the run does not exist: if no other update builds it, or, for an ADDED update,
    if a DUPLICATED one copies its trip. None: it exists, in the timetable or built by this
    update."""


def claim_of(
    schedule: FeedSchedule, update: TripUpdate, modified: Mapping[RunKey, ModifiedTrip]
) -> Claim | Unmatched | RejectionReason:
    """The run of an update, or why it has none. An update that adds or replaces a run has a claim
    only if it can build it. Another update can build a run outside the timetable, so its existence
    is decided later (`Claim.fallback`). `modified`: the runs with TripModifications."""
    if update.modifications_id is not None:
        return _claim_of_modified_trip(schedule, update, modified)
    if update.relationship in ("NEW", "ADDED", "DUPLICATED"):
        return _claim_of_added_trip(schedule, update)
    found = find_run(schedule.timetable, update)
    if isinstance(found, RunKey):
        if update.relationship != "REPLACEMENT":
            return Claim(found)
        built = build_added_trip(schedule, found, update)
        return built if isinstance(built, RejectionReason) else Claim(found)
    if update.relationship == "REPLACEMENT" or found is Unmatched.AMBIGUOUS_RUN:
        return found
    if update.relationship == "UNSCHEDULED":
        added_claim = _claim_of_added_trip(schedule, update)
        return added_claim if isinstance(added_claim, Claim) else found
    return _claim_of_trip_id(schedule, update, found)


def _claim_of_modified_trip(
    schedule: FeedSchedule, update: TripUpdate, modified: Mapping[RunKey, ModifiedTrip]
) -> Claim | RejectionReason:
    """The run of an update that selects modifications by their id and a trip."""
    found = find_run(schedule.timetable, update)
    trip = modified.get(found) if isinstance(found, RunKey) else None
    if not isinstance(found, RunKey) or trip is None or update.relationship in ADDING:
        return RejectionReason.MODIFIED
    modifications, named = trip.modifications, (update.source, update.modifications_id)
    same = (modifications.source, modifications.entity_id) == named
    return Claim(found) if same else RejectionReason.MODIFIED


def _claim_of_added_trip(
    schedule: FeedSchedule, update: TripUpdate
) -> Claim | Unmatched | RejectionReason:
    """The run that a NEW, ADDED, UNSCHEDULED or DUPLICATED update builds."""
    key = added_trip_key(schedule, update)
    if isinstance(key, RejectionReason):
        return key
    copies = update.relationship == "DUPLICATED"
    if copies and schedule.timetable.trip_ids.index_of(update.trip_id or "") is None:
        return Unmatched.UNKNOWN_TRIP
    built = build_added_trip(schedule, key, update)
    if isinstance(built, RejectionReason):
        return built
    # While a producer migrates from ADDED to DUPLICATED it sends both for one trip: ADDED then
    # has no effect.
    # github.com/google/transit, gtfs-realtime/spec/en/examples/migration-duplicated.md
    return Claim(key, RejectionReason.SUPERSEDED if update.relationship == "ADDED" else None)


def _claim_of_trip_id(
    schedule: FeedSchedule, update: TripUpdate, found: Unmatched
) -> Claim | Unmatched | RejectionReason:
    """A prediction or cancellation of a trip id without a matching timetable run: another update
    can build the run, or a cancellation that lists its stops. `found`: why none matches."""
    if update.trip_id is None:
        return found
    known = schedule.timetable.trip_ids.index_of(update.trip_id) is not None
    name = added_trip_name(update.trip_id, update.start_time if known else None)
    day = update.start_date or first_day(schedule, update)
    day = day or ServiceDate.of_timestamp(update.seen_at, schedule.timetable.zone(0))
    return Claim(RunKey(-1, day.day.toordinal(), name), fallback=found)

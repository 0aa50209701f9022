"""The outcome of a trip update: its run, or why it has none."""

from dataclasses import dataclass

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.added_trips import (
    RejectionReason,
    added_trip_key,
    added_trip_name,
    build_added_trip,
    first_day,
)
from mobilite.realtime.domain.run_matching import RunKey, Unmatched, find_run
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule

Outcome = RunKey | Unmatched | RejectionReason


@dataclass(frozen=True, slots=True)
class Claim:
    """The run an update may be about, and its outcome if that run does not exist: None if the
    run certainly exists, in the timetable or built by this update."""

    key: RunKey
    fallback: Unmatched | RejectionReason | None = None


def claim_of(schedule: FeedSchedule, update: TripUpdate) -> Claim | Unmatched | RejectionReason:
    """The run of an update. A run outside the timetable may be built by another update."""
    if update.of_modified_trip:
        return RejectionReason.MODIFIED
    if update.relationship in ("NEW", "ADDED", "DUPLICATED"):
        return _made(schedule, update)
    found = find_run(schedule.timetable, update)
    if isinstance(found, RunKey):
        if update.relationship != "REPLACEMENT":
            return Claim(found)
        made = build_added_trip(schedule, found, update)
        return made if isinstance(made, RejectionReason) else Claim(found)
    if update.relationship == "REPLACEMENT" or found is Unmatched.AMBIGUOUS_RUN:
        return found
    if update.relationship == "UNSCHEDULED":
        made_claim = _made(schedule, update)
        return made_claim if isinstance(made_claim, Claim) else found
    return _word(schedule, update, found)


def _made(schedule: FeedSchedule, update: TripUpdate) -> Claim | Unmatched | RejectionReason:
    key = added_trip_key(schedule, update)
    if isinstance(key, RejectionReason):
        return key
    copies = update.relationship == "DUPLICATED"
    if copies and schedule.timetable.trip_ids.index_of(update.trip_id or "") is None:
        return Unmatched.UNKNOWN_TRIP
    made = build_added_trip(schedule, key, update)
    if isinstance(made, RejectionReason):
        return made
    # While a producer migrates from ADDED to DUPLICATED it sends both for one trip: ADDED is
    # then void.
    # github.com/google/transit, gtfs-realtime/spec/en/examples/migration-duplicated.md
    return Claim(key, RejectionReason.SUPERSEDED if update.relationship == "ADDED" else None)


def _word(
    schedule: FeedSchedule, update: TripUpdate, found: Unmatched
) -> Claim | Unmatched | RejectionReason:
    """A prediction or cancellation of a run that another update may build, or that this one
    builds."""
    if update.trip_id is None:
        return found
    known = schedule.timetable.trip_ids.index_of(update.trip_id) is not None
    name = added_trip_name(update.trip_id, update.start_time if known else None)
    day = update.start_date or first_day(schedule, update)
    day = day or ServiceDate.local(update.seen_at, schedule.timetable.zone(0))
    return Claim(RunKey(-1, day.day.toordinal(), name), fallback=found)

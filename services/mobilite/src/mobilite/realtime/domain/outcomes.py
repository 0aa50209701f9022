"""What became of an update: the run it is about, or why it is about none."""

from dataclasses import dataclass

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.added_trips import Aside, make_run, own_key, own_name, told_day
from mobilite.realtime.domain.run_matching import RunKey, Unmatched, find_run
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule

Outcome = RunKey | Unmatched | Aside


@dataclass(frozen=True, slots=True)
class Claim:
    """The run an update may be about, and its outcome where that run is not there after all: None
    where it surely is, in the timetable, or made by this very update."""

    key: RunKey
    otherwise: Unmatched | Aside | None = None


def claim_of(schedule: FeedSchedule, update: TripUpdate) -> Claim | Unmatched | Aside:
    """The run an update speaks of. One that no timetable holds may be made by another update."""
    if update.of_modified_trip:
        return Aside.MODIFIED
    if update.relationship in ("NEW", "ADDED", "DUPLICATED"):
        return _made(schedule, update)
    found = find_run(schedule.timetable, update)
    if isinstance(found, RunKey):
        if update.relationship != "REPLACEMENT":
            return Claim(found)
        made = make_run(schedule, found, update)
        return made if isinstance(made, Aside) else Claim(found)
    if update.relationship == "REPLACEMENT" or found is Unmatched.AMBIGUOUS_RUN:
        return found
    if update.relationship == "UNSCHEDULED":
        made_claim = _made(schedule, update)
        return made_claim if isinstance(made_claim, Claim) else found
    return _word(schedule, update, found)


def _made(schedule: FeedSchedule, update: TripUpdate) -> Claim | Unmatched | Aside:
    key = own_key(schedule, update)
    if isinstance(key, Aside):
        return key
    copies = update.relationship == "DUPLICATED"
    if copies and schedule.timetable.trip_ids.index_of(update.trip_id or "") is None:
        return Unmatched.UNKNOWN_TRIP
    made = make_run(schedule, key, update)
    if isinstance(made, Aside):
        return made
    # Who moves from ADDED to DUPLICATED says both of one trip for a while: the former is then void.
    # github.com/google/transit, gtfs-realtime/spec/en/examples/migration-duplicated.md
    return Claim(key, Aside.SUPERSEDED if update.relationship == "ADDED" else None)


def _word(
    schedule: FeedSchedule, update: TripUpdate, found: Unmatched
) -> Claim | Unmatched | Aside:
    """A prediction or a cancellation of a run that another update may make, or this one says."""
    if update.trip_id is None:
        return found
    known = schedule.timetable.trip_ids.index_of(update.trip_id) is not None
    name = own_name(update.trip_id, update.start_time if known else None)
    day = update.start_date or told_day(schedule, update)
    day = day or ServiceDate.local(update.seen_at, schedule.timetable.zone(0))
    return Claim(RunKey(-1, day.day.toordinal(), name), otherwise=found)

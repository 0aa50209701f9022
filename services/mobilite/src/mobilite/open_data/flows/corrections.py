"""Corrects the operators' data where it is known to be wrong, because it was matched with the
schedule: the stop_sequence of another call, and the calendar date in place of the service day.
"""

from typing import Any

from mobilite.events import VehiclePositionV1
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.open_data.ports import EntityWriter
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_calls import get_run_trip
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.vehicles.domain.fleet import Vehicle, current_stop


def corrected_update(write: EntityWriter, entity: bytes, run: Run) -> bytes | None:
    """The serialised update of a run with the stop_sequences of its calls and the service day of
    the run; None if nothing is left of it: none of its stop updates has a call."""
    sequences = run.corrected_sequences
    by_calendar = run.key.dated_by_calendar(run.update.start_date)
    start_date = _service_day(run.key) if by_calendar else None
    if not sequences and start_date is None:
        return entity
    dropped = sum(sequence is None for sequence in sequences.values())
    if dropped and dropped == len(run.update.stop_updates) and run.update.delay is None:
        return None
    return write.corrected(entity, sequences=sequences, start_date=start_date)


def corrected_position(
    position: VehiclePositionV1, vehicle: Vehicle, key: RunKey | None, feed: FeedSnapshot
) -> VehiclePositionV1:
    """A vehicle with the stop_sequence of its call (without one if it has no call) and the service
    day of its run. `vehicle`: the same one, as matched to the run `key`."""
    if key is None or vehicle.trip is None or position.trip is None or feed.schedule is None:
        return position
    changes: dict[str, Any] = {}
    if key.dated_by_calendar(vehicle.trip.start_date):
        changes["trip"] = position.trip.model_copy(update={"start_date": _service_day(key)})
    trip = get_run_trip(feed, key)
    # A modified trip has other numbers than the one that the vehicle reports.
    own_numbers = trip.outside_timetable or trip.modified
    if position.current_stop_sequence is not None and not own_numbers:
        _, call = current_stop(vehicle, trip, feed.schedule)
        changes["current_stop_sequence"] = None if call is None else trip.sequence(call)
    return position.model_copy(update=changes) if changes else position


def _service_day(key: RunKey) -> str:
    return str(ServiceDate.of_ordinal(key.day))

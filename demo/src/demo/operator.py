"""The demo's simulated operator: what its real-time system publishes at an instant.

Trip updates as GTFS-Realtime FULL_DATASET: delays that move, cancelled trips, skipped stops, and
trips whose vehicle is not located (NO_DATA). Lines that are not `live` never appear.
https://gtfs.org/documentation/realtime/reference/
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from google.transit import gtfs_realtime_pb2 as rt

from demo.delays import announced, truth_of
from demo.town import TIMEZONE, Run, list_runs, service_on

LOOK_AHEAD = 45 * 60  # seconds before departure at which a trip is first announced
LOOK_BACK = 30 * 60  # seconds after its last stop that a trip may still be running late
UNLOCATED_EVERY = 11  # one trip in so many has no located vehicle


class Operator:
    """Transports de Bourg-Loire, on the day and at the hour one asks."""

    def __init__(self, *, seed: int = 1) -> None:
        self._seed = seed
        self._zone = ZoneInfo(TIMEZONE)
        self._runs = [run for run in list_runs() if run.line.live]

    def feed_message(self, now: datetime) -> rt.FeedMessage:
        """Everything known at an aware instant."""
        message = rt.FeedMessage()
        message.header.gtfs_realtime_version = "2.0"
        message.header.incrementality = rt.FeedHeader.FULL_DATASET
        message.header.timestamp = int(now.timestamp())
        today = now.astimezone(self._zone).date()
        for day in (today - timedelta(days=1), today):
            for run, seconds in self._running(day, now):
                entity = message.entity.add(id=f"{day:%Y%m%d}-{run.trip_id}")
                self._describe(entity.trip_update, run, day, seconds, now)
        return message

    def _running(self, day: date, now: datetime) -> Iterator[tuple[Run, float]]:
        service, start = service_on(day), self._day_start(day)
        seconds = now.timestamp() - start
        for run in self._runs:
            first, last = run.calls[0][1], run.calls[-1][1]
            if run.service == service and first - LOOK_AHEAD <= seconds <= last + LOOK_BACK:
                yield run, seconds

    def _day_start(self, day: date) -> float:
        """Noon minus twelve hours, so that a night with a clock change has no gap."""
        return datetime.combine(day, time(12), self._zone).timestamp() - 12 * 3600

    def _describe(
        self, update: rt.TripUpdate, run: Run, day: date, seconds: float, now: datetime
    ) -> None:
        update.trip.trip_id = run.trip_id
        update.trip.route_id = run.line.id
        update.trip.start_date = f"{day:%Y%m%d}"
        update.timestamp = int(now.timestamp())
        scheduled = tuple(at for _, at in run.calls)
        truth = truth_of(run.trip_id, day, len(scheduled), seed=self._seed)
        if truth.fate == "cancelled":
            update.trip.schedule_relationship = rt.TripDescriptor.CANCELED
            return
        if sum(run.trip_id.encode()) % UNLOCATED_EVERY == 0:
            stop = update.stop_time_update.add(stop_sequence=1, stop_id=run.calls[0][0])
            stop.schedule_relationship = rt.TripUpdate.StopTimeUpdate.NO_DATA
            return
        start = self._day_start(day)
        upcoming, delays = announced(truth, scheduled, seconds, run.trip_id, seed=self._seed)
        for index in range(max(0, upcoming - 1), len(scheduled)):
            stop = update.stop_time_update.add(stop_sequence=index + 1, stop_id=run.calls[index][0])
            if index == truth.skipped:
                stop.schedule_relationship = rt.TripUpdate.StopTimeUpdate.SKIPPED
                continue
            moment = int(start + scheduled[index] + delays[index])
            stop.arrival.time = moment
            stop.departure.time = moment

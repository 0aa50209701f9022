"""The internal endpoint at which the poll role reads the estimates of a feed, as GTFS-Realtime.

A run has no trip update of ours if its operator publishes one: the operator's address stands first
in the feed, so its update takes precedence.
https://gtfs.org/documentation/realtime/reference/#message-tripupdate
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated, Any, Final

from fastapi import FastAPI, Path, Response
from google.transit import gtfs_realtime_pb2 as rt

from mobilite.estimates.flows.follow_vehicles import EstimatedRun
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import FeedId
from mobilite.sources.ports import ESTIMATES_FEED_PATH
from socle.clock import Clock

_NO_DATA: Final = rt.TripUpdate.StopTimeUpdate.NO_DATA


def add_estimates_feed(
    app: FastAPI, estimates: Callable[[FeedId], Iterable[EstimatedRun]], clock: Clock
) -> None:
    """Add the endpoint, to which the gateway does not route."""

    @app.get(f"{ESTIMATES_FEED_PATH}/{{feed_id}}.pb", include_in_schema=False)
    async def show_estimates(feed_id: Annotated[str, Path(max_length=63)]) -> Response:
        message = feed_message(estimates(FeedId(feed_id)), now=int(clock.now().timestamp()))
        return Response(message, media_type="application/x-protobuf")


def feed_message(estimates: Iterable[EstimatedRun], *, now: int) -> bytes:
    """The serialised FeedMessage of the estimates at `now` (POSIX seconds)."""
    message = rt.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = rt.FeedHeader.FULL_DATASET
    message.header.timestamp = now
    for run in estimates:
        entity = message.entity.add(id=f"{run.key.day}:{run.trip.trip_id}:{run.trip.start or 0}")
        _fill(entity.trip_update, run)
    serialised: bytes = message.SerializeToString()
    return serialised


def _fill(update: Any, run: EstimatedRun) -> None:
    update.trip.trip_id = run.trip.trip_id
    update.trip.start_date = f"{date.fromordinal(run.key.day):%Y%m%d}"
    if run.trip.start is not None:
        update.trip.start_time = format_time(run.trip.start)
    update.timestamp = run.seen_at
    for call in run.calls:
        stop = update.stop_time_update.add(stop_sequence=call.sequence)
        stop.arrival.time, stop.departure.time = call.arrival, call.departure
        stop.arrival.uncertainty = stop.departure.uncertainty = call.error
    if run.open_end is not None:
        # A delay would apply to all calls after it.
        update.stop_time_update.add(stop_sequence=run.open_end, schedule_relationship=_NO_DATA)

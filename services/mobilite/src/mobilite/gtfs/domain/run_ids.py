"""Ids of runs in SIRI and NeTEx."""

from mobilite.gtfs.domain.clock_times import format_time


def run_id(trip_id: str, start: int | None) -> str:
    """The id of a run inside its feed: that of its trip, with the start of one of several by
    frequency at the end, `n:09:10:00`. `start`: seconds of the service day; None if the trip id
    identifies the run."""
    return trip_id if start is None else f"{trip_id}:{format_time(start)}"

"""Runs delayed at random, by the true path from trip updates to what a patch takes."""

from datetime import datetime
from random import Random

import numpy as np

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.journeys.domain.live_run import LiveRun, live_runs
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.trip_update import StopTimeEvent, StopTimeUpdate, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule


def delayed_runs(network: JourneyNetwork, at: datetime, number: int) -> list[LiveRun]:
    """Up to that many runs of the hours around `at`, each with a delay from a random call on."""
    random = Random(2)
    result: list[LiveRun] = []
    for feed, timetable in enumerate(network.feeds):
        day = ServiceDate.of_instant(at, timetable.zone(0))
        running = timetable.services_on(day)[timetable.trip_service]
        first = timetable.call_departure[timetable.trip_first[:-1]]
        seconds = day.seconds(at, timetable.zone(0))
        trips = np.flatnonzero(running & (abs(first - seconds) < 2 * 3600)).tolist()
        share = number * len(timetable.trip_ids) // network.trips + 1
        updates = {}
        for trip in random.sample(trips, min(share, len(trips))):
            calls = timetable.calls_of(trip)
            call = random.randrange(calls.start, calls.stop)
            start = int(timetable.trip_start[trip])
            updates[f"{trip}"] = TripUpdate(
                key=f"{trip}",
                source=0,
                seen_at=int(at.timestamp()),
                trip_id=timetable.trip_ids[trip],
                start_date=day,
                start_time=None if start < 0 else start,
                stop_updates=(
                    StopTimeUpdate(
                        int(timetable.call_sequence[call]),
                        timetable.stop_ids[int(timetable.call_stop[call])],
                        StopTimeEvent(delay=random.randint(-60, 1200)),
                    ),
                ),
            )
        snapshot = FeedSnapshot(timetable.feed_id, FeedSchedule(timetable)).with_updates(updates)
        runs = live_runs(network, feed, snapshot.runs, frozenset(), {})
        result += runs.values()
    return result[:number]

"""The api role: applies the followed tables to the live state, and maps schedules."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI

from mobilite.events import (
    AlertV1,
    FeedPollV1,
    TimetableV1,
    TripModificationsV1,
    TripUpdateV1,
    VehiclePositionV1,
)
from mobilite.live.flows import Live
from mobilite.timetable.adapters.packed_folders import TimetableCache
from mobilite.timetable.flows.follow_timetables import TimetableFollower
from mobilite.wiring.open_data import wire_merged
from mobilite.wiring.shared import Start, map_timetables
from socle.bus import Bus, Table
from socle.events import Received
from socle.http import http_client
from socle.service import RunningRole, combine


async def wire_boards(given: Start, bus: Bus, live: Live, app: FastAPI) -> RunningRole:
    """Apply the followed tables to `live`, and add the endpoints of the merged feeds to `app`."""
    session = await given.stack.enter_async_context(http_client(time_limit=None))
    cache = TimetableCache(given.settings.data / "api", session)
    follower = TimetableFollower(cache, serve=live.serve, withdraw=live.withdraw, clock=given.clock)

    merged, publishing = wire_merged(given, live, follower, app)

    def follow_timetables(batch: Sequence[Received[TimetableV1]]) -> None:
        live.follow_timetables(batch)
        follower.follow(batch)

    def follow_trip_updates(batch: Sequence[Received[TripUpdateV1]]) -> None:
        live.follow_trip_updates(batch)
        merged.follow_trip_updates(batch)

    tables: dict[str, Table[Any]] = {
        "timetables": bus.follow(TimetableV1, into=follow_timetables),
        "trip_updates": bus.follow(TripUpdateV1, into=follow_trip_updates),
        "vehicles": bus.follow(VehiclePositionV1, into=live.follow_vehicles),
        "alerts": bus.follow(AlertV1, into=live.follow_alerts),
        "modifications": bus.follow(TripModificationsV1, into=live.follow_modifications),
        "feed_polls": bus.follow(FeedPollV1, into=live.follow_polls),
    }

    live.track_catch_up(lambda: any(table.why_not() is not None for table in tables.values()))
    boards = RunningRole(
        tasks={
            **{name: table.run for name, table in tables.items()},
            "packed_files": map_timetables(follower, tables["timetables"]),
        },
        checks={
            **{name: table.why_not for name, table in tables.items()},
            "packed_files": follower.why_not,
        },
    )
    return combine(boards, publishing)

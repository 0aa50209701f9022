"""Follows the tables that the live state is made of, and maps the announced schedules."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Depends

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
from mobilite.wiring.gazetteer import read_gazetteer
from mobilite.wiring.shared import Start
from mobilite.wiring.timetables import map_timetables
from socle.bus import Bus, Table
from socle.events import Received
from socle.http import http_client
from socle.service import RunningRole

FollowTripUpdates = Callable[[Sequence[Received[TripUpdateV1]]], None]


async def open_follower(given: Start, live: Live, folder: str) -> TimetableFollower:
    """The follower that serves mapped schedules in `live`. `folder`: where it stores them, below
    the data folder."""
    session = await given.stack.enter_async_context(http_client(time_limit=None))
    cache = TimetableCache(given.settings.data / folder, session)
    return TimetableFollower(cache, serve=live.serve, withdraw=live.withdraw, clock=given.clock)


async def follow_live(
    given: Start,
    bus: Bus,
    live: Live,
    follower: TimetableFollower,
    follow_trip_updates: FollowTripUpdates,
    *,
    vehicles: bool = True,
) -> RunningRole:
    """Apply the tables to `live`, and keep the places of its schedules. `follow_trip_updates`:
    applies the trip updates, to `live` and to what else needs them. `vehicles`: whether to follow
    vehicles too. Raises Refusal if a file of places is not valid."""
    live.places.configure(await asyncio.to_thread(read_gazetteer, given.settings))

    def follow_timetables(batch: Sequence[Received[TimetableV1]]) -> None:
        live.follow_timetables(batch)
        follower.follow(batch)

    tables: dict[str, Table[Any]] = {
        "timetables": bus.follow(TimetableV1, into=follow_timetables),
        "trip_updates": bus.follow(TripUpdateV1, into=follow_trip_updates),
        "alerts": bus.follow(AlertV1, into=live.follow_alerts),
        "modifications": bus.follow(TripModificationsV1, into=live.follow_modifications),
        "feed_polls": bus.follow(FeedPollV1, into=live.follow_polls),
    }
    if vehicles:
        tables["vehicles"] = bus.follow(VehiclePositionV1, into=live.follow_vehicles)
    live.track_catch_up(lambda: any(table.why_not() is not None for table in tables.values()))
    return RunningRole(
        tasks={
            **{name: table.run for name, table in tables.items()},
            "packed_files": map_timetables(follower, tables["timetables"]),
            "places": live.places.run,
        },
        checks={
            **{name: table.why_not for name, table in tables.items()},
            "packed_files": follower.why_not,
            "places": live.places.why_not,
        },
    )


def after_catch_up(live: Live) -> Any:
    """A FastAPI dependency for endpoints that answer 503 until the tables have been read."""

    async def require_caught_up() -> None:
        live.require_caught_up()

    return Depends(require_caught_up)

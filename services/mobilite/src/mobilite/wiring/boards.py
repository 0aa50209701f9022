"""The api role: the live state, and the merged feeds made of it."""

from collections.abc import Sequence

from fastapi import FastAPI

from mobilite.events import TripUpdateV1
from mobilite.live.flows import Live
from mobilite.wiring.live import follow_live, open_follower
from mobilite.wiring.netex import wire_netex
from mobilite.wiring.open_data import wire_merged
from mobilite.wiring.shared import Start
from socle.bus import Bus
from socle.events import Received
from socle.service import RunningRole, combine


async def wire_boards(given: Start, bus: Bus, live: Live, app: FastAPI) -> RunningRole:
    """Apply the followed tables to `live`, and add the endpoints of the merged feeds and the
    NeTEx exports to `app`. Raises Refusal if a file of places is not valid."""
    follower = await open_follower(given, live, "api")
    merged, publishing = wire_merged(given, live, follower, app)

    def follow_trip_updates(batch: Sequence[Received[TripUpdateV1]]) -> None:
        live.follow_trip_updates(batch)
        merged.follow_trip_updates(batch)

    following = await follow_live(given, bus, live, follower, follow_trip_updates)
    return combine(following, publishing, wire_netex(given, live, follower, app))

"""`GET /mobilite/v1/feeds`: the addresses of each feed, the age of their data, and how much of it
matches the schedule.
"""

import orjson
from fastapi import Request, Response

from mobilite.feed_status.api.models import FeedListJson
from mobilite.feed_status.api.rendering import feed_list_json
from mobilite.feed_status.flows.list_feeds import list_feeds
from mobilite.http.api.responses import entity_tag, live_response
from mobilite.rental.api.rendering_systems import without_ages
from mobilite.rental.flows.list_rental import list_systems
from mobilite.rental.flows.live_rentals import LiveRentals
from mobilite.streams.ports import StateSource
from mobilite.vehicles.ports import VehiclesState
from socle.clock import Clock
from socle.http import Router


def feeds_router(live: StateSource[VehiclesState], rentals: LiveRentals, clock: Clock) -> Router:
    """The router of `GET /feeds`."""
    router = Router(tags=["feeds"])

    @router.get(
        "/feeds",
        operation_id="list_feeds",
        response_model=FeedListJson,
        summary="Les réseaux et leurs flux",
    )
    async def show_feeds(request: Request) -> Response:
        """Chaque réseau : horaires, licence, âge et qualité de ses flux en temps réel."""
        now = clock.now()
        systems = list_systems(rentals.state, now=now)
        content = feed_list_json(list_feeds(live.state, now=now), systems, now=now)
        # Without ages, which change every second. The minute is added by `live_response`.
        stable = [
            {
                **feed,
                "real_time": [{**source, "age": None} for source in feed["real_time"]],
                "rental": None if feed["rental"] is None else without_ages(feed["rental"]),
            }
            for feed in content["feeds"]
        ]
        return live_response(request, orjson.dumps(content), entity_tag(stable), made_at=now)

    return router

"""The contract against the service: every request, valid or not, is answered as documented."""

import asyncio
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from boards import City, paris, update
from cities import LINE
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from mobilite.emissions.adapters.factors_file import read_factors
from mobilite.indicators.adapters.daily_tables import StoredTables
from mobilite.indicators.api.punctuality import punctuality_router
from mobilite.indicators.domain.punctuality import OnTime
from mobilite.journeys.adapters.straight_ways import straight_walking
from mobilite.journeys.api.isochrones import isochrones_router
from mobilite.journeys.api.journeys import journeys_router
from mobilite.journeys.api.watch import FollowedJourneys, journey_router
from mobilite.journeys.flows.follow_networks import JourneyNetworks
from mobilite.journeys.flows.journey_costs import JourneyCosts
from mobilite.machine.adapters.checksum import checksum
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.passages.adapters.passage_archive import PassageArchive
from mobilite.passages.api.passages import passages_router
from mobilite.wiring.app import make_api
from mobilite.wiring.openapi import PREFIX
from mobilite.wiring.web_push import web_push_routers
from socle.clock import ManualClock
from socle.testing import ServeApp

NOW = paris("07:30:00")
EXISTING = {"stop_id": "tao:s1", "route_id": "tao:r", "trip_id": "tao:t"}
EXAMPLES = settings(
    max_examples=4,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


async def test_whatever_is_requested_is_answered_as_the_contract_reports(
    serve_app: ServeApp, tmp_path: Path
) -> None:
    city, archive = City(now=NOW), PassageArchive(tmp_path)
    city.schedule(LINE, "tao")
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 60"), "tao")
    clock = ManualClock(NOW)
    app = make_api(city.live, clock)
    networks = JourneyNetworks(city.live, clock, places=city.live.places, walking=straight_walking)
    await networks.refresh()
    costs = JourneyCosts(read_factors())
    limiter = SearchLimiter()
    for router in (
        journeys_router(networks.get, clock, costs, limiter),
        journey_router(FollowedJourneys(networks, clock, costs, limiter)),
        *web_push_routers(None, 300),
        isochrones_router(networks.get, clock),
        punctuality_router(StoredTables(archive, tmp_path), OnTime(), clock, limiter),
        passages_router(archive, lambda _: None, checksum, limiter),
    ):
        router.add_to(app, prefix=PREFIX)
    address = await serve_app(app)
    assert await asyncio.to_thread(request_every_operation, address) > 10


def request_every_operation(address: str) -> int:
    """Call every operation that ends, with every kind of input. Returns how many there are."""
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json").exclude(
        path_regex="/(stream|watch)$"
    )
    requested = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        requested += 1
        named = {name: value for name, value in EXISTING.items() if f"{{{name}}}" in operation.path}
        for mode, path in (
            (GenerationMode.POSITIVE, None),
            (GenerationMode.POSITIVE, named or None),
            (GenerationMode.NEGATIVE, None),
        ):

            @EXAMPLES
            @given(case=operation.as_strategy(mode, path_parameters=path))
            def request_json(case: Any) -> None:
                case.call_and_validate(base_url=address, checks=checks)

            # An operation without parameters has no invalid input.
            with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
                request_json()
    return requested

"""The car parks of the configured file."""

from collections.abc import Callable
from contextlib import suppress

from mobilite.car_parks.adapters.car_park_source import CarParkSource
from mobilite.car_parks.domain.car_park import CarParks
from mobilite.machine.flows.follow_file import follow_file
from mobilite.wiring.shared import Start
from socle.errors import Refusal
from socle.service import RunningRole


async def wire_car_parks(given: Start, park_at: Callable[[CarParks], None]) -> RunningRole:
    """Park at the car parks of the file, if one is configured. The role is ready without it."""
    file, source = given.settings.car_parks, CarParkSource()
    if file is None:
        return RunningRole()
    # A journey that is followed names its car park at the first request. What is wrong with the
    # file is reported below.
    with suppress(Refusal):
        park_at(await source.obtain((file,)))

    async def serve(parks: CarParks) -> None:
        park_at(parks)

    async def run() -> None:
        await follow_file((file,), store=source, serve=serve)

    return RunningRole(tasks={"car_parks": run})

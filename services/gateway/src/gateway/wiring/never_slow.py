"""The part of the door that keeps it quick: the addresses behind, and how they are asked."""

from collections.abc import Mapping
from functools import partial

from gateway.adapters.services import open_addresses
from gateway.domain.routes import Service
from gateway.domain.shedding import Shedding
from gateway.domain.upstreams import Upstreams
from gateway.flows.shed import measure_delay
from gateway.flows.steady import Steady
from gateway.flows.watch_neighbours import watch_neighbours
from gateway.ports import Neighbours
from gateway.settings import GatewaySettings
from socle.clock import Clock
from socle.service import Given, Task


def upstreams_of(addresses: Mapping[Service, str], *, most: int) -> dict[Service, Upstreams]:
    """The addresses of each service, as its setting lists them."""
    return {
        service: Upstreams(told.replace(",", " ").split(), most=most)
        for service, told in addresses.items()
    }


async def open_steady(
    given: Given[GatewaySettings], upstreams: Mapping[Service, Upstreams]
) -> Steady:
    """The services behind, to be asked by the data path."""
    settings = given.settings
    pool = open_addresses(
        connect_limit=settings.connect_seconds, keep_alive=settings.keep_alive_seconds
    )
    return Steady(await given.stack.enter_async_context(pool), upstreams, given.clock)


def watching(
    upstreams: Mapping[Service, Upstreams],
    shedding: Shedding,
    *,
    neighbours: Neighbours,
    clock: Clock,
) -> dict[str, Task]:
    """What goes on all the time."""
    return {
        "neighbours": partial(watch_neighbours, upstreams.values(), neighbours, clock),
        "delay": partial(measure_delay, shedding, clock),
    }

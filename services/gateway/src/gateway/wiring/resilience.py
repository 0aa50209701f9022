"""The part of the door that keeps it quick: the addresses behind, and how they are asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from gateway.proxy.adapters.upstream_client import open_addresses
from gateway.proxy.domain.load_shedding import Shedding
from gateway.proxy.domain.upstreams import Upstreams
from gateway.proxy.flows.probe_readiness import watch_neighbours
from gateway.proxy.flows.response_cache import Keeper
from gateway.proxy.flows.shed_load import measure_delay
from gateway.proxy.flows.upstream_balancer import Steady
from gateway.proxy.ports import Neighbours, Services
from gateway.routes.domain.routes import Service
from gateway.settings import GatewaySettings
from socle.clock import Clock
from socle.service import Check, Given, Task


def upstreams_of(addresses: Mapping[Service, str], *, most: int) -> dict[Service, Upstreams]:
    """The addresses of each service, as its setting lists them."""
    return {
        service: Upstreams(told.replace(",", " ").split(), most=most)
        for service, told in addresses.items()
    }


@dataclass(frozen=True, slots=True)
class NeverSlow:
    """`services`: those behind, to be asked by the data path; `keeper`: None, nothing is kept."""

    upstreams: Mapping[Service, Upstreams]
    services: Services
    keeper: Keeper | None
    shedding: Shedding

    def tasks(self, neighbours: Neighbours, clock: Clock) -> dict[str, Task]:
        """What goes on all the time."""
        return {
            "neighbours": partial(watch_neighbours, self.upstreams.values(), neighbours, clock),
            "delay": partial(measure_delay, self.shedding, clock),
        }

    def checks(self) -> dict[str, Check]:
        """Whether each service is ready somewhere."""
        return {service: each.why_not for service, each in self.upstreams.items()}


async def wire_never_slow(
    given: Given[GatewaySettings], addresses: Mapping[Service, str]
) -> NeverSlow:
    """The services at those addresses."""
    settings, clock = given.settings, given.clock
    upstreams = upstreams_of(addresses, most=settings.upstream_requests)
    pool = open_addresses(
        connect_limit=settings.connect_seconds, keep_alive=settings.keep_alive_seconds
    )
    services = Steady(await given.stack.enter_async_context(pool), upstreams, clock)
    most, stale = settings.cache_bytes, settings.stale_seconds
    keeper = Keeper(services, clock, most=most, stale=stale) if most else None
    return NeverSlow(upstreams, services, keeper, Shedding(most=settings.requests))

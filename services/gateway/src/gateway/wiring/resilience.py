"""Upstreams: addresses, balancing, response cache, load shedding."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from gateway.proxy.adapters.upstream_client import open_upstream_client
from gateway.proxy.domain.load_shedding import LoadShedding
from gateway.proxy.domain.upstreams import Upstreams
from gateway.proxy.flows.probe_readiness import probe_readiness
from gateway.proxy.flows.response_cache import ResponseCache
from gateway.proxy.flows.shed_load import measure_delay
from gateway.proxy.flows.upstream_balancer import UpstreamBalancer
from gateway.proxy.ports import ReadinessProbe, Services
from gateway.routes.domain.routes import Service
from gateway.settings import GatewaySettings
from socle.clock import Clock
from socle.service import Check, Task, WiringContext


def build_upstreams(addresses: Mapping[Service, str], *, most: int) -> dict[Service, Upstreams]:
    """The addresses of each service, as listed in its setting."""
    return {
        service: Upstreams(listed.replace(",", " ").split(), most=most)
        for service, listed in addresses.items()
    }


@dataclass(frozen=True, slots=True)
class Resilience:
    """`services`: for the data path; `cache`: None if nothing is cached."""

    upstreams: Mapping[Service, Upstreams]
    services: Services
    cache: ResponseCache | None
    shedding: LoadShedding

    def tasks(self, probe: ReadinessProbe, clock: Clock) -> dict[str, Task]:
        """The background tasks."""
        return {
            "neighbours": partial(probe_readiness, self.upstreams.values(), probe, clock),
            "delay": partial(measure_delay, self.shedding, clock),
        }

    def checks(self) -> dict[str, Check]:
        """Whether each service has a ready address."""
        return {service: each.why_not for service, each in self.upstreams.items()}


async def wire_resilience(
    given: WiringContext[GatewaySettings], addresses: Mapping[Service, str]
) -> Resilience:
    """The services at those addresses."""
    settings, clock = given.settings, given.clock
    upstreams = build_upstreams(addresses, most=settings.upstream_requests)
    pool = open_upstream_client(
        connect_limit=settings.connect_seconds, keep_alive=settings.keep_alive_seconds
    )
    services = UpstreamBalancer(await given.stack.enter_async_context(pool), upstreams, clock)
    most, stale = settings.cache_bytes, settings.stale_seconds
    cache = ResponseCache(services, clock, most=most, stale=stale) if most else None
    return Resilience(upstreams, services, cache, LoadShedding(most=settings.requests))

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


def build_upstreams(
    addresses: Mapping[Service, str], *, max_in_flight: int
) -> dict[Service, Upstreams]:
    """The upstreams of each service.

    `addresses`: those of each service, separated by spaces or commas, as in its setting.
    `max_in_flight`: requests in flight at each address.
    """
    return {
        service: Upstreams(listed.replace(",", " ").split(), max_in_flight=max_in_flight)
        for service, listed in addresses.items()
    }


@dataclass(frozen=True, slots=True)
class Resilience:
    """The parts of the data path that protect the services."""

    upstreams: Mapping[Service, Upstreams]
    services: Services
    """Sends requests to the services, without the cache."""
    cache: ResponseCache | None
    """The same with cached responses; None if the cache is off."""
    shedding: LoadShedding

    def tasks(self, probe: ReadinessProbe, clock: Clock) -> dict[str, Task]:
        """The background tasks."""
        return {
            "readiness": partial(probe_readiness, self.upstreams.values(), probe, clock),
            "load_delay": partial(measure_delay, self.shedding, clock),
        }

    def checks(self) -> dict[str, Check]:
        """For `/readyz`: by service, why none of its addresses is ready, or None."""
        return {service: each.why_not for service, each in self.upstreams.items()}


async def wire_resilience(
    given: WiringContext[GatewaySettings], addresses: Mapping[Service, str]
) -> Resilience:
    """Open the HTTP client, and build balancing, cache and load shedding."""
    settings, clock = given.settings, given.clock
    upstreams = build_upstreams(addresses, max_in_flight=settings.upstream_requests)
    pool = open_upstream_client(
        connect_limit=settings.connect_seconds, keep_alive=settings.keep_alive_seconds
    )
    services = UpstreamBalancer(await given.stack.enter_async_context(pool), upstreams, clock)
    max_bytes, stale = settings.cache_bytes, settings.stale_seconds
    cache = ResponseCache(services, clock, max_bytes=max_bytes, stale=stale) if max_bytes else None
    return Resilience(upstreams, services, cache, LoadShedding(max_requests=settings.requests))

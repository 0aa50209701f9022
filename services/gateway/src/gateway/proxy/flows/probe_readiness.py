"""The readiness of each address, checked every second."""

import asyncio
from collections.abc import Iterable

from gateway.proxy.domain.upstreams import Upstream, Upstreams
from gateway.proxy.ports import ReadinessProbe
from socle.clock import Clock

_INTERVAL = 1.0


async def probe_readiness(
    upstreams: Iterable[Upstreams], probe: ReadinessProbe, clock: Clock
) -> None:
    """Check all addresses concurrently, every second. Runs until cancelled."""
    each = tuple(upstream for service in upstreams for upstream in service.each)

    async def check(upstream: Upstream) -> None:
        upstream.record_readiness(await probe.why_not_ready(upstream.address))

    while True:
        await asyncio.gather(*(check(upstream) for upstream in each))
        await clock.sleep(_INTERVAL)

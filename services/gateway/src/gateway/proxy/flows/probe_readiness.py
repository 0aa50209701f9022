"""Whether each address behind is ready, asked every second and remembered."""

import asyncio
from collections.abc import Iterable

from gateway.proxy.domain.upstreams import Upstream, Upstreams
from gateway.proxy.ports import ReadinessProbe
from socle.clock import Clock

_EVERY = 1.0


async def probe_readiness(
    upstreams: Iterable[Upstreams], neighbours: ReadinessProbe, clock: Clock
) -> None:
    """Ask them all, together, every second; write what they say. Runs until cancelled."""
    each = tuple(upstream for service in upstreams for upstream in service.each)

    async def ask(upstream: Upstream) -> None:
        upstream.said(await neighbours.why_not_ready(upstream.address))

    while True:
        await asyncio.gather(*(ask(upstream) for upstream in each))
        await clock.sleep(_EVERY)

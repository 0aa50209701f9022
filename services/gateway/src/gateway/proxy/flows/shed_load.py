"""Measures the load, and refuses requests when it is too high."""

import time

from gateway.proxy.domain.load_shedding import LoadShedding
from gateway.routes.domain.routes import OWN, Route
from socle.clock import Clock
from socle.errors import Refusal

_INTERVAL = 0.05  # seconds between two measurements
_RETRY_SECONDS = 2


async def measure_delay(shedding: LoadShedding, clock: Clock) -> None:
    """Record the delay caused by the loop's own work, twenty times a second, until cancelled.

    The delay is at most the CPU time of this process: when other programs use the processor, the
    loop is late without working, and shedding would not help.
    """
    while True:
        started, worked = clock.monotonic(), time.process_time()
        await clock.sleep(_INTERVAL)
        delay = clock.monotonic() - started - _INTERVAL
        shedding.record_delay(max(0.0, min(delay, time.process_time() - worked)))


def shed_if_overloaded(shedding: LoadShedding, route: Route) -> None:
    """Raises Refusal("unavailable") if a request of that route must be shed."""
    if shedding.refuses(last=route.page or route.service == OWN):
        raise Refusal(
            "unavailable",
            "La plateforme reçoit trop de demandes ; réessayez dans quelques secondes.",
            retry_after=_RETRY_SECONDS,
        )

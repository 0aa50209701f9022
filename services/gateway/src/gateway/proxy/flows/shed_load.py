"""How busy the door is, measured, so that it refuses before it is too late for everyone."""

import time

from gateway.proxy.domain.load_shedding import Shedding
from gateway.routes.domain.routes import OWN, Route
from socle.clock import Clock
from socle.errors import Refusal

_EVERY = 0.05
_COME_BACK = 2  # seconds


async def measure_delay(shedding: Shedding, clock: Clock) -> None:
    """Tell how late the loop is by its own work, twenty times a second. Runs until cancelled.

    On a machine whose processors others have, it is late and works little: refusing would not help.
    """
    while True:
        began, worked = clock.monotonic(), time.process_time()
        await clock.sleep(_EVERY)
        late = clock.monotonic() - began - _EVERY
        shedding.measured(max(0.0, min(late, time.process_time() - worked)))


def admit_or_shed(shedding: Shedding, route: Route) -> None:
    """Raises Refusal when there is no room for a request of that route."""
    if shedding.refuses(last=route.page or route.service == OWN):
        raise Refusal(
            "unavailable",
            "La plateforme reçoit trop de demandes ; réessayez dans quelques secondes.",
            retry_after=_COME_BACK,
        )

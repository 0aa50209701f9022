"""Whether each service behind is ready, asked every second and remembered."""

import asyncio

from gateway.domain.routes import Service
from gateway.ports import Neighbours
from socle.clock import Clock

_EVERY = 1.0
NOT_ASKED = "n'a pas encore été interrogé"


class Readiness:
    """One writer (`watch`), readers by service. Seconds between rounds: one."""

    def __init__(self, services: tuple[Service, ...]) -> None:
        self._why_not: dict[Service, str | None] = dict.fromkeys(services, NOT_ASKED)

    def why_not(self, service: Service) -> str | None:
        """None when that service said it was ready, else a French sentence."""
        return self._why_not[service]

    async def watch(self, neighbours: Neighbours, clock: Clock) -> None:
        """Ask them all, together, every second. Runs until cancelled."""
        services = tuple(self._why_not)
        while True:
            answers = await asyncio.gather(
                *(neighbours.why_not_ready(service) for service in services)
            )
            self._why_not = dict(zip(services, answers, strict=True))
            await clock.sleep(_EVERY)

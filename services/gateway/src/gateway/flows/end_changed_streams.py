"""Streams that were begun on arms which are no longer the caller's are ended: their readers come
again, and are served as they should be. A pause or a withdrawal would otherwise not reach them.
"""

from collections.abc import Callable

from gateway.domain.visit import Visit
from gateway.flows.assign import Assign
from socle.clock import Clock

EVERY_SECONDS = 5.0

EndStreams = Callable[[Callable[[Visit], bool]], None]


async def end_changed_streams(assign: Assign, end: EndStreams, clock: Clock) -> None:
    """Look at them all every few seconds. Runs until cancelled."""

    def changed(visit: Visit) -> bool:
        return assign.arms_of(visit) != visit.arms

    while True:
        await clock.sleep(EVERY_SECONDS)
        end(changed)

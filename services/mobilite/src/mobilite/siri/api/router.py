"""The endpoints of SIRI."""

from typing import Final

from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.siri.api.siri_lite import add_siri_lite
from mobilite.siri.api.siri_xml import add_siri_xml
from mobilite.siri.ports import SiriState
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.http import Router

SIRI_PREFIX: Final = "/siri"
_AT_ONCE: Final = 1
"""Answers made at the same time, in threads: a large one takes a second of processor, which boards
need too."""


def siri_router(live: StateSource[SiriState], clock: Clock) -> Router:
    """The router of SIRI Lite and SIRI XML, below `SIRI_PREFIX`."""
    router, limiter = Router(tags=["siri"]), SearchLimiter(_AT_ONCE)
    add_siri_lite(router, live, clock, limiter)
    add_siri_xml(router, live, clock, limiter)
    return router

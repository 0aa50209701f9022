"""What stands before a role's HTTP face, whatever the role: nobody gets in but by the gateway."""

import logging
from contextlib import AsyncExitStack

from socle.auth import Keys, Unverified, Verified, Verifier
from socle.clock import SystemClock
from socle.http import ASGIApp, http_client
from socle.service.cpu_time_meter import CpuTimeMeter
from socle.service.running import RunningRole
from socle.settings import PlatformSettings

log = logging.getLogger("socle.service")


async def guarded(
    running: RunningRole, platform: PlatformSettings, stack: AsyncExitStack
) -> ASGIApp | None:
    """The face of that role as it is served; the gateway's own as it is."""
    if running.app is None or running.authenticates_callers:
        return running.app
    if platform.gateway_keys is None:
        log.warning("REGIONLAB_GATEWAY_KEYS is unset: requests are believed without proof")
        return Unverified(running.app)
    session = await stack.enter_async_context(http_client())
    # Two processes of one house: the machine's clock, whatever the platform's tells.
    keys = Keys(platform.gateway_keys, session, SystemClock())
    verifier = Verifier(keys, audiences=running.audiences)
    return Verified(CpuTimeMeter(running.app), verifier, internal_paths=running.internal_paths)

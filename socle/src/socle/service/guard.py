"""Caller verification before every role's HTTP application: only the gateway has access."""

import logging
from contextlib import AsyncExitStack

from socle.auth import AnonymousCallers, CallerVerification, GatewayKeys, Verifier
from socle.clock import SystemClock
from socle.http import ASGIApp, http_client
from socle.service.cpu_time_meter import CpuTimeMeter
from socle.service.running import RunningRole
from socle.settings import PlatformSettings

log = logging.getLogger("socle.service")


async def guarded(
    running: RunningRole, platform: PlatformSettings, stack: AsyncExitStack
) -> ASGIApp | None:
    """The role's application with caller verification; None for a role without application.

    The gateway's own is unchanged. Without the setting `gateway_keys` every caller is anonymous.
    """
    if running.app is None or running.authenticates_callers:
        return running.app
    if platform.gateway_keys is None:
        log.warning("REGIONLAB_GATEWAY_KEYS is unset: callers are not verified")
        return AnonymousCallers(running.app)
    session = await stack.enter_async_context(http_client())
    # The machine's clock: fetches of keys do not follow the platform's simulated time.
    keys = GatewayKeys(platform.gateway_keys, session, SystemClock())
    verifier = Verifier(keys, audiences=running.audiences)
    return CallerVerification(
        CpuTimeMeter(running.app), verifier, internal_paths=running.internal_paths
    )

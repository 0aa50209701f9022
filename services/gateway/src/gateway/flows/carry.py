"""A WebSocket opened at a service and carried: each message handed over as it comes, either way.

A message is read only when the one before was taken, so a slow reader slows the writer.
"""

import asyncio
from collections.abc import Sequence

from gateway.domain.failures import Garbled, Overloaded, TooSlow, Unreachable
from gateway.domain.headers import Header
from gateway.domain.upstreams import Upstream, Upstreams
from gateway.ports import Line, Lines
from socle.clock import Clock

GOING_AWAY = 1001
BROKEN = 1011


async def open_line(
    lines: Lines,
    upstreams: Upstreams,
    target: str,
    headers: Sequence[Header],
    subprotocols: Sequence[str],
    clock: Clock,
) -> Line:
    """Open it at one of the service's addresses, another where that one is away.

    Raises Unreachable, Overloaded, TooSlow("connect") or Garbled.
    """
    tried: list[Upstream] = []
    upstreams.asked()
    while True:
        now = clock.monotonic()
        upstream = upstreams.choose(now, tried)
        if upstream is None:
            raise Overloaded(1.0) if upstreams.full() else Unreachable("left alone for now")
        tried.append(upstream)
        upstream.breaker.begin(now)
        try:
            line = await lines.open(upstream.address, target, headers, subprotocols)
        except (Unreachable, TooSlow, Garbled):
            upstream.breaker.failed(clock.monotonic())
            if upstreams.choose(now, tried) is None or not upstreams.may_retry():
                raise
        except BaseException:
            upstream.breaker.abandoned()
            raise
        else:
            upstream.breaker.succeeded(clock.monotonic())
            return line


async def carry(caller: Line, service: Line, *, until: asyncio.Event) -> int:
    """Until either side closes, or `until` is set; the other side, or both, is closed with the same
    code, which is returned."""
    halves = (
        asyncio.create_task(_half(caller, service), name="socket-inward"),
        asyncio.create_task(_half(service, caller), name="socket-outward"),
        asyncio.create_task(_going_away(until), name="socket-end"),
    )
    try:
        done, _ = await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
        code = next(iter(done)).result()
    finally:
        for half in halves:
            half.cancel()
        await asyncio.gather(*halves, return_exceptions=True)
    await asyncio.gather(caller.close(code), service.close(code), return_exceptions=True)
    return code


async def _going_away(until: asyncio.Event) -> int:
    await until.wait()
    return GOING_AWAY


async def _half(source: Line, target: Line) -> int:
    try:
        while True:
            message = await source.receive()
            if isinstance(message, int):
                return message
            await target.send(message)
    except Garbled:
        return BROKEN

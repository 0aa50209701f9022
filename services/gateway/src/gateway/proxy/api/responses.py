"""What goes back to the caller: counted, completed with what the door decided, told in words."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Final

from gateway.http.domain.failures import BodyTooLarge, ClientDisconnected, RequestTimeout
from gateway.proxy.api.asgi_caller import AsgiCaller
from gateway.proxy.domain.load_shedding import Shedding
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Limits
from socle.http import Message, Problem, Receive, Send
from socle.http.exchange import discard_body
from socle.telemetry import current_request_id

log = logging.getLogger("gateway.proxy")

_TOO_LARGE: Final = 413


def answering(context: RequestContext, send: Send, shedding: Shedding) -> Send:
    """`send`, noting in the context what was answered and adding the headers it is to carry."""

    def told(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            context.status = message["status"]
            shedding.leave(context)
            if context.response_headers:
                message["headers"] = [*message["headers"], *context.response_headers]
        else:
            context.sent_bytes += len(message.get("body", b""))
        return send(message)

    return told


async def whole(receive: Receive, limits: Limits) -> Receive:
    """`receive` for what the door answers itself, which begins once the body has come whole: a
    caller who sends a byte a minute takes nobody's place.

    Raises ClientDisconnected, RequestTimeout past `limits.idle` in all, or BodyTooLarge.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(limits.idle):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnected
                body += message.get("body", b"")
                if len(body) > limits.body_bytes:
                    raise BodyTooLarge(limits.body_bytes)
                more = message.get("more_body", False)
    except TimeoutError:
        raise RequestTimeout from None
    came: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def read() -> Message:
        return came.pop() if came else await receive()

    return read


async def failed(caller: AsgiCaller, problem: Problem, receive: Receive, why: str) -> None:
    """The exchange with a service failed: say so, unless an answer has begun."""
    if caller.started:
        # Left unfinished: the server closes the connection, and the caller sees it was cut.
        log.warning("Answer cut: %s", why)
        return
    log.warning("Answered %d: %s", problem.type.status, why)
    await tell(caller, problem, receive)


async def tell(caller: AsgiCaller, problem: Problem, receive: Receive) -> None:
    """Answer with a problem."""
    status, headers, body = problem.render(current_request_id())
    await caller.start(status, headers)
    if status != _TOO_LARGE:
        await caller.end(body)
        return
    # Closing while bytes are coming would lose this very answer.
    await caller.write(body)
    await discard_body(receive)
    await caller.end(b"")

"""Responses to callers: recorded in the request context, completed with headers, or problems."""

import asyncio
import logging
from collections.abc import Awaitable

from gateway.http.domain.content_encoding import Gzip
from gateway.http.domain.failures import BodyTooLarge, ClientDisconnected, RequestTimeout
from gateway.proxy.api.asgi_caller import AsgiCaller
from gateway.proxy.domain.load_shedding import LoadShedding
from gateway.proxy.domain.response_encoding import encode
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Limits
from socle.http import Message, Problem, Receive, Send
from socle.telemetry import current_request_id

log = logging.getLogger("gateway.proxy")


def recording_send(context: RequestContext, send: Send, shedding: LoadShedding) -> Send:
    """A `send` that records the response in the context and adds the context's headers."""

    def record(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            context.status = message["status"]
            shedding.leave(context)
            if context.response_headers:
                message["headers"] = [*message["headers"], *context.response_headers]
        else:
            context.sent_bytes += len(message.get("body", b""))
        return send(message)

    return record


def compressing_send(context: RequestContext, send: Send) -> Send:
    """A `send` for the gateway's own routes: gzips as `forward` does for services, but never what
    can have tokens and keys."""
    if context.route.no_store:
        return send
    encoder: Gzip | None = None

    async def compress(message: Message) -> None:
        nonlocal encoder
        if message["type"] == "http.response.start":
            headers, encoder = encode(context, message["status"], list(message["headers"]))
            message["headers"] = headers
        elif encoder is not None:
            body = encoder.feed(message.get("body", b""))
            at_end = not message.get("more_body", False)
            message["body"] = body + encoder.finish() if at_end else body
        await send(message)

    return compress


async def buffer_body(receive: Receive, limits: Limits) -> Receive:
    """Read the body; a `receive` that returns it. For the gateway's own routes, so that a caller
    that sends a byte a minute does not count as in progress.

    Raises ClientDisconnected, RequestTimeout if the complete body takes longer than `limits.idle`,
    or BodyTooLarge.
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
    buffered: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def read() -> Message:
        return buffered.pop() if buffered else await receive()

    return read


async def send_failure(caller: AsgiCaller, problem: Problem, why: str) -> None:
    """Answer a failed exchange with a problem, unless the response has started.

    `why`: the failure, for the log.
    """
    if caller.started:
        # Left unfinished: the server closes the connection, and the caller sees that it was cut.
        log.warning("Answer cut: %s", why)
        return
    log.warning("Answered %d: %s", problem.type.status, why)
    await send_problem(caller, problem)


async def send_problem(caller: AsgiCaller, problem: Problem) -> None:
    """Send a problem."""
    status, headers, body = problem.render(current_request_id())
    await caller.start(status, headers)
    await caller.end(body)

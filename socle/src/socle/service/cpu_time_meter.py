"""Reports the CPU time of exchanges that belong to a trial, to the gateway."""

from collections.abc import Awaitable

from socle.auth import caller_of
from socle.http import (
    CPU_TIME_HEADER,
    ASGIApp,
    CpuTime,
    Message,
    Receive,
    Scope,
    Send,
    use_cpu_time,
)


class CpuTimeMeter:
    """ASGI layer between caller verification and the application.

    It measures only requests of a trial's participants. The header is sent with the response's
    start, so later work is not counted: for a stream, only opening it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not caller_of(scope).arms:
            await self._app(scope, receive, send)
            return
        cpu_time = CpuTime()

        def send_with_cpu_time(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                cpu_time.stop()
                microseconds = b"%d" % round(cpu_time.nanoseconds / 1000)
                headers = [*message.get("headers", ()), (CPU_TIME_HEADER, microseconds)]
                return send({**message, "headers": headers})
            return send(message)

        with use_cpu_time(cpu_time):
            await cpu_time.of(self._app(scope, receive, send_with_cpu_time))

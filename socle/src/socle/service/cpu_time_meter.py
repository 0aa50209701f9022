"""What an exchange takes of the processor, told to the gateway where a trial counts it."""

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
    """Stands between whoever verifies callers and the application. Only what is asked in a trial is
    measured: nobody reads the rest. What is done once the answer has begun is not in it, for the
    answer says it: of a stream, what it took to open.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not caller_of(scope).arms:
            await self._app(scope, receive, send)
            return
        spent = CpuTime()

        def told(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                spent.stop()
                microseconds = b"%d" % round(spent.nanoseconds / 1000)
                headers = [*message.get("headers", ()), (CPU_TIME_HEADER, microseconds)]
                return send({**message, "headers": headers})
            return send(message)

        with use_cpu_time(spent):
            await spent.of(self._app(scope, receive, told))

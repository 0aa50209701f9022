"""A stub service for the gateway's benchmarks: 2 kB of constant JSON; at `…/stream`, one event of a
stream that then stays open."""

import sys
from typing import Any, Final

import uvicorn

_BODY: Final = b'{"departures":[' + b'{"trip_id":"tao:1","state":"scheduled"},' * 48 + b"{}]}"
_HEADERS: Final = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(_BODY)).encode()),
    (b"etag", b'"1"'),
    (b"cache-control", b"public, max-age=5"),
]
_EVENTS: Final = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI app with the same response to every request."""
    if scope["path"].endswith("/stream"):
        await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
        body = b"id: 1\ndata: {}\n\n"
        await send({"type": "http.response.body", "body": body, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            continue
        return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=75,
        backlog=4096,
    )

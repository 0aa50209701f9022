"""Readiness of a program: requests its `/readyz` over HTTP on this machine."""

import asyncio
import json
from urllib.parse import urlsplit

_PAUSE = 0.05
"""Seconds between two requests."""
_ANSWER_SECONDS = 5.0
"""How long a response is awaited."""


async def wait_until_ready(url: str) -> None:
    """Request `url` until it answers 200; without a time limit."""
    while (await probe(url))[0] != 200:  # noqa: ASYNC110 - another process: there is no event
        await asyncio.sleep(_PAUSE)


async def probe(url: str) -> tuple[int, str]:
    """The status and the body of a GET of `url`; (0, "") without a response in time, and status 0
    for a response that is no HTTP."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                writer.write(f"{request}Connection: close\r\n\r\n".encode())
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return 0, ""
    words = head.split(b" ", 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return status, body.decode(errors="replace")


async def failing_checks(url: str) -> str:
    """The failing readiness checks of a program, as one French line; if it names none, its status,
    or that nothing answers. `url`: of its `/readyz`."""
    status, body = await probe(url)
    if status == 0:
        return f"personne ne répond à {url}"
    try:
        checks = json.loads(body[body.index("{") : body.rindex("}") + 1])["checks"]
        waiting = [f"{name} : {why}" for name, why in checks.items() if why]
    except (ValueError, KeyError, AttributeError, TypeError):
        waiting = []
    return " ; ".join(waiting) or f"{url} répond {status}"

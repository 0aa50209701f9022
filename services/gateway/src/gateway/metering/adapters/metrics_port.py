"""`/metrics` on an internal port, never on the public one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from socle.errors import Retry


@asynccontextmanager
async def metrics_port(host: str, port: int) -> AsyncIterator[int]:
    """Serve `/metrics` while entered; yields the port, a free one for 0.

    Raises Retry if the address is in use.
    """
    app = web.Application()
    app.router.add_get("/metrics", _metrics)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise Retry(f"{host}:{port} n'est pas disponible pour /metrics") from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _metrics(request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

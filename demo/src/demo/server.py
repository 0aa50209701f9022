"""The operator's web server: its GTFS and GTFS-Realtime, as an operator would publish them."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from demo.gtfs import gtfs_zip
from demo.operator import Operator
from socle.clock import Clock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FEEDS = """\
# Réseau de démonstration, ville imaginaire. Écrit à chaque démarrage de la démonstration.
[[feed]]
id = "bourg"
name = "Transports de Bourg-Loire (démonstration)"
gtfs = "{address}/gtfs.zip"
gtfs_rt = ["{address}/gtfs-rt.pb"]
licence = "etalab-2.0"
attribution = "Région Lab, données inventées"
"""


def make_app(operator: Operator, clock: Clock) -> web.Application:
    """`/gtfs.zip` and `/gtfs-rt.pb`, both with an ETag."""
    app = web.Application()

    def answer(body: Callable[[], bytes], content_type: str) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            content = body()
            etag = hashlib.sha256(content).hexdigest()[:16]
            sent = request.if_none_match
            if sent and any(tag.value == etag for tag in sent):
                return web.Response(status=304, headers={"ETag": f'"{etag}"'})
            headers = {"ETag": f'"{etag}"', "Content-Type": content_type}
            return web.Response(body=content, headers=headers)

        return handle

    def real_time() -> bytes:
        content: bytes = operator.feed_message(clock.now()).SerializeToString()
        return content

    schedule = answer(lambda: gtfs_zip(clock.now().date().replace(day=1)), "application/zip")
    app.router.add_get("/gtfs.zip", schedule)
    app.router.add_get("/gtfs-rt.pb", answer(real_time, "application/x-protobuf"))
    return app


def write_feeds(folder: Path, address: str) -> Path:
    """Write the feeds file that lists this operator; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "feeds.toml"
    path.write_text(FEEDS.format(address=address), encoding="utf-8")
    return path

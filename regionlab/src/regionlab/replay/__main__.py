"""`python -m regionlab.replay --archive DIR --data DIR [--port N]`: serve archived feeds.

It runs until stopped. One JSON line once ready: `{"ready": true, "address": …, "feeds": PATH}`.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from regionlab.replay.archive import read_archive
from regionlab.replay.server import make_app, write_feeds
from socle.clock import Clock
from socle.settings import platform_clock


async def serve(archive: Path, data: Path, clock: Clock, *, port: int) -> None:
    """Serve the feeds until SIGTERM or SIGINT.

    `archive`: the folder of the archive. `data`: the folder for feeds.toml. `port`: 0 for a free
    one. Raises UserError if the archive has no feed.
    """
    feeds = read_archive(archive)
    runner = web.AppRunner(make_app(feeds, clock), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=1.0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    ready = {"ready": True, "address": address, "feeds": str(write_feeds(feeds, data, address))}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="regionlab.replay", description="Les flux archivés.")
    parser.add_argument("--archive", type=Path, required=True, help="dossier de l'archive")
    parser.add_argument("--data", type=Path, required=True, help="dossier où écrire feeds.toml")
    parser.add_argument("--port", type=int, default=0, help="port d'écoute (0 : un port libre)")
    arguments = parser.parse_args()
    given = arguments.archive, arguments.data, platform_clock()
    asyncio.run(serve(*given, port=arguments.port))


if __name__ == "__main__":
    main()

"""`python -m demo operator --data DIR [--port N]`: serve the demo's operator until told to stop.

Prints one JSON line once ready: `{"ready": true, "address": …, "feeds": PATH}`.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from aiohttp import web

from demo.operator import Operator
from demo.server import make_app, write_feeds
from socle.clock import SystemClock


async def serve(data: Path, port: int, clock_offset: float, seed: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    runner = web.AppRunner(
        make_app(Operator(seed=seed), SystemClock(clock_offset)), access_log=None
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=1.0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    feeds = write_feeds(data, address)
    ready = {"ready": True, "address": address, "feeds": str(feeds.resolve())}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="demo", description="La ville de démonstration.")
    commands = parser.add_subparsers(required=True)
    operator = commands.add_parser("operator", help="l'exploitant simulé : GTFS et temps réel")
    operator.add_argument("--data", type=Path, required=True, help="dossier où écrire feeds.toml")
    operator.add_argument("--port", type=int, default=0, help="port d'écoute (0 : un port libre)")
    operator.add_argument(
        "--seed", type=int, default=1, help="graine : mêmes journées, mêmes retards"
    )
    operator.add_argument(
        "--clock-offset",
        type=float,
        default=float(os.environ.get("REGIONLAB_CLOCK_OFFSET", "0")),
        help="décalage de l'horloge, en secondes",
    )
    asked = parser.parse_args()
    asyncio.run(serve(asked.data, asked.port, asked.clock_offset, asked.seed))


if __name__ == "__main__":
    main()

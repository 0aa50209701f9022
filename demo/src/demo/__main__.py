"""`python -m demo operators --data DIR [--port N] [--scale N]`: serve the demo region's operators
until told to stop.

Prints one JSON line once ready: `{"ready": true, "address": …, "feeds": PATH}`.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from demo.network.region import LARGEST, region
from demo.operators.feeds_file import write_feeds
from demo.operators.server import make_app
from socle.clock import Clock
from socle.settings import house_clock


async def serve(data: Path, port: int, clock: Clock, *, scale: int, seed: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    operators = region(scale, seed)
    runner = web.AppRunner(make_app(operators, clock, seed=seed), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=1.0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    feeds = write_feeds(data, address, operators)
    ready = {"ready": True, "address": address, "feeds": str(feeds.resolve())}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    await stop.wait()
    await runner.cleanup()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description="La région de démonstration.")
    commands = parser.add_subparsers(required=True)
    operators = commands.add_parser(
        "operators", help="les exploitants simulés : horaires, temps réel, vélos"
    )
    add = operators.add_argument
    add("--data", type=Path, required=True, help="dossier où écrire feeds.toml")
    add("--port", type=int, default=0, help="port d'écoute (0 : un port libre)")
    add("--seed", type=int, default=1, help="graine : mêmes journées, mêmes retards")
    add(
        "--scale",
        type=int,
        default=1,
        choices=range(1, LARGEST + 1),
        metavar=f"1…{LARGEST}",
        help="taille du réseau (1)",
    )
    return parser


def main() -> None:
    asked = _parser().parse_args()
    asyncio.run(serve(asked.data, asked.port, house_clock(), scale=asked.scale, seed=asked.seed))


if __name__ == "__main__":
    main()

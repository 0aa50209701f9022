"""`python -m demo operators | participants …`: simulated operators or participants.

operators     --data DIR [--port N] [--scale N]: serve the region's feeds
participants  --gateway URL --key FILE --invitations FILE --kept FILE: take part in the pilots

Each prints one JSON line once ready: `{"ready": true, …}`.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from demo.days.dice import seeded_random
from demo.network.model import MAX_SCALE
from demo.network.region import region
from demo.network.streets import street_plan, write_streets
from demo.operators.addresses_file import write_addresses
from demo.operators.car_parks_file import write_car_parks
from demo.operators.communes_file import write_communes
from demo.operators.feeds_file import write_feeds
from demo.operators.server import make_app
from demo.participants.life import Participants
from socle.settings import platform_clock


async def serve_operators(arguments: argparse.Namespace) -> None:
    """Serve the feeds of all operators until SIGTERM or SIGINT."""
    operators = region(arguments.scale, arguments.seed)
    app = make_app(operators, platform_clock(), seed=arguments.seed)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", arguments.port, shutdown_timeout=1.0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    feeds = write_feeds(arguments.data, address, operators)
    write_communes(arguments.data)
    write_car_parks(arguments.data)
    streets = street_plan(arguments.seed)
    write_streets(streets, arguments.data / "streets.osm.pbf")
    write_addresses(streets, arguments.data)
    _announce_ready(address=address, feeds=str(feeds.resolve()))
    await _stop_signal()
    await runner.cleanup()


async def take_part(arguments: argparse.Namespace) -> None:
    """Run the simulated participants until SIGTERM or SIGINT."""
    people = Participants(
        arguments.gateway,
        key=arguments.key.read_text("ascii").strip(),
        codes=json.loads(arguments.invitations.read_text("utf-8")),
        codes_file=arguments.kept,
        chance=seeded_random(arguments.seed, "participants"),
    )
    running = asyncio.create_task(people.run())
    stopping = asyncio.create_task(_stop_signal())
    _announce_ready()
    await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if running.done():
        running.result()
    running.cancel()
    await asyncio.wait((running,))


def _announce_ready(**more: Any) -> None:
    """Print the line that callers wait for. `more`: further members of its JSON."""
    sys.stdout.write(json.dumps({"ready": True} | more) + "\n")
    sys.stdout.flush()


async def _stop_signal() -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    await stop.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description="La région de démonstration.")
    commands = parser.add_subparsers(required=True)
    _add_operators(commands)
    participants = commands.add_parser(
        "participants", help="des participants simulés, aux adresses publiques"
    )
    participants.set_defaults(run=take_part)
    add = participants.add_argument
    add("--gateway", required=True, help="adresse de la plateforme")
    add("--key", type=Path, required=True, help="fichier d'une clé de la maison")
    add("--invitations", type=Path, required=True, help="fichier des codes qui font entrer")
    add("--kept", type=Path, required=True, help="fichier de ceux qui participent")
    add("--seed", type=int, default=1, help="graine : mêmes envies")
    return parser


def _add_operators(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    operators = commands.add_parser(
        "operators", help="les exploitants simulés : horaires, temps réel, vélos"
    )
    operators.set_defaults(run=serve_operators)
    add = operators.add_argument
    add(
        "--data",
        type=Path,
        required=True,
        help="dossier où écrire feeds.toml, communes.csv, addresses.csv, car_parks.csv et "
        "streets.osm.pbf",
    )
    add("--port", type=int, default=0, help="port d'écoute (0 : un port libre)")
    add("--seed", type=int, default=1, help="graine : mêmes journées, mêmes retards")
    add(
        "--scale",
        type=int,
        default=1,
        choices=range(1, MAX_SCALE + 1),
        metavar=f"1…{MAX_SCALE}",
        help="taille du réseau (1)",
    )


def main() -> None:
    """Run the command of the command line."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asyncio.run(arguments.run(arguments))


if __name__ == "__main__":
    main()

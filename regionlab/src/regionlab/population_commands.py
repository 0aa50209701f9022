"""`regionlab population load | write | devices`: its options, and what runs them."""

import argparse
from pathlib import Path

from embedded.command_line import Parser
from regionlab.argument_types import batch_size, population_scale, seconds, seed
from regionlab.workspace import DATA


def add_population(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the command and its actions."""
    text = "des patients simulés, suivis à domicile depuis deux ans : un jeu d'essai FHIR"
    population = commands.add_parser("population", help=text, description=text)
    actions = population.add_subparsers(dest="action", required=True, metavar="ACTION")
    load = actions.add_parser("load", help="les charge par l'API d'une démonstration qui tourne")
    write = actions.add_parser("write", help="les écrit en NDJSON, sans serveur")
    write.add_argument("file", type=Path, metavar="FICHIER", help="le fichier à écrire")
    devices = actions.add_parser("devices", help="leurs appareils, qui envoient des mesures")
    devices.add_argument(
        "--every", type=seconds, default=30.0, metavar="SECONDES", help="entre deux envois (30)"
    )
    devices.add_argument(
        "--batch", type=batch_size, default=10, metavar="NOMBRE", help="mesures par envoi (10)"
    )
    for action in (load, write, devices):
        action.add_argument(
            "--scale",
            type=population_scale,
            default=1.0,
            metavar="TAILLE",
            help="1 : 200 patients ; 0.005 à 100 (1)",
        )
        action.add_argument(
            "--seed", type=seed, default=1, metavar="N", help="graine : mêmes personnes (1)"
        )
    for action in (load, devices):
        action.add_argument(
            "--data",
            type=Path,
            default=DATA,
            metavar="DOSSIER",
            help=f"dossier des données ({DATA})",
        )
        action.add_argument(
            "--url",
            default="http://localhost:8080/fhir",
            metavar="URL",
            help="le serveur FHIR (http://localhost:8080/fhir)",
        )


def run_population(arguments: argparse.Namespace) -> int:
    """Run one action; returns the exit code. Raises UserError."""
    from demo.population.resource import PARIS
    from regionlab.launch.population import (
        PopulationOptions,
        load_population,
        run_devices,
        write_population,
    )
    from socle.settings import platform_clock

    today = platform_clock().now().astimezone(PARIS).date()
    if arguments.action == "write":
        options = PopulationOptions(Path(), arguments.scale, arguments.seed)
        print(write_population(options, arguments.file, today))  # noqa: T201
        return 0
    options = PopulationOptions(arguments.data, arguments.scale, arguments.seed, arguments.url)
    if arguments.action == "load":
        load_population(options, today)
    else:
        run_devices(options, arguments.every, arguments.batch, today)
    return 0

"""`regionlab demo`: runs the complete platform on this machine, started in waves.

first    PostgreSQL, the broker, the identity issuer, the simulated operators
then     topics and databases
then     the services, wave by wave; the gateway is last
"""

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Literal

from embedded.environment import environment_name
from embedded.processes import StartError, die_with_parent
from regionlab.errors import UserError
from regionlab.launch.account_summary import account_summary
from regionlab.launch.data_folder import locked_folder
from regionlab.launch.databases import create_databases
from regionlab.launch.feed_summary import feed_summary
from regionlab.launch.installation import Installation, is_free
from regionlab.launch.lifetime import print_line, run_until_stopped
from regionlab.launch.population import populate
from regionlab.launch.prometheus_config import write_prometheus_config
from regionlab.launch.rehearse_pilots import rehearse_pilots
from regionlab.launch.services import SERVICES, embedded_server, issuer, program_of
from regionlab.launch.shell_settings import write_shell_settings
from regionlab.launch.supervisor import Program, Supervisor
from regionlab.workspace import workspace_root

_BROKERS = {"embedded": ("broker", "courtier"), "kafka": ("kafka", "Apache Kafka")}
"""The embedded server of each broker and its French label."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """The options of `regionlab demo` and `regionlab replay`, parsed."""

    port: int
    """The port of the gateway."""
    data: Path
    """The data folder."""
    feeds: Path | None = None
    """A file feeds.toml; None: the demo region, or the archive."""
    at: datetime | None = None
    """The instant at which the platform's clock starts; None: now."""
    speed: float = 1.0
    """How many seconds the platform's clock advances per second."""
    scale: int = 1
    """Size of the demo region, from 1 to 16."""
    pilots: bool = False
    """Whether to run the demo region's three pilots; ignored if `feeds` is given."""
    population: float = 0.0
    """The size of the simulated population of patients, of which 1 is 200; 0: none."""
    archive: Path | None = None
    """An archive of feeds to replay instead of the demo region."""
    broker: Literal["embedded", "kafka"] = "embedded"
    """The broker to start."""
    kafka: str | None = None
    """The address of a running Kafka; None: start `broker`."""
    postgres: str | None = None
    """The URL of a running PostgreSQL; None: start the embedded one."""


def run_demo(options: DemoOptions) -> int:
    """Run the demo until it is stopped; returns the exit code.

    Raises `UserError` for invalid options, an unusable data folder or port, or an invalid file.
    """
    die_with_parent(signal.SIGTERM)
    _refuse_production()
    if options.feeds is not None and not options.feeds.is_file():
        wrong = "n'est pas un fichier" if options.feeds.exists() else "n'existe pas"
        raise UserError(f"{options.feeds} {wrong} (--feeds).")
    data = options.data.resolve()
    with locked_folder(data):
        if not is_free(options.port):
            raise UserError(
                f"Le port {options.port} est déjà pris : fermez le programme qui l'occupe, "
                "ou choisissez-en un autre avec --port."
            )
        installation = Installation(
            data,
            options.port,
            clock_offset=clock_offset(options.at),
            clock_speed=options.speed,
            clock_anchor=round(time.time(), 3),
        )
        return asyncio.run(_run(options, installation))


def _refuse_production() -> None:
    try:
        environment = environment_name(os.environ)
    except StartError as error:
        raise UserError(str(error)) from None
    if environment == "production":
        raise UserError("La démonstration ne tourne pas en production (REGIONLAB_ENV=production).")


def clock_offset(at: datetime | None) -> float:
    """Seconds from the machine's clock to the platform's; 0 without an instant to start at."""
    return 0.0 if at is None else round(at.timestamp() - time.time(), 3)


async def _run(options: DemoOptions, installation: Installation) -> int:
    supervisor = Supervisor(
        installation.data / "logs",
        started=_print_started,
        restarting=lambda line: print_line(f"  ↻ {line}"),
    )
    return await run_until_stopped(supervisor, lambda: _build(options, installation, supervisor))


async def _build(options: DemoOptions, installation: Installation, supervisor: Supervisor) -> None:
    """Start every program; fills the addresses of `installation` as servers announce them."""
    began = time.monotonic()
    print_line(f"Démarrage de Région Lab dans {installation.data}")
    starting = asyncio.create_task(supervisor.start(_infrastructure(options, installation)))
    # Imported while the servers start, since the import takes as long.
    from regionlab.contracts.topics import apply_topics, read_topics

    announced = await starting
    installation.kafka = options.kafka or announced[_BROKERS[options.broker][0]]["address"]
    installation.postgres = options.postgres or announced["postgres"]["url"]
    installation.issuer = announced["issuer"]["address"]
    installation.feeds = options.feeds or Path(announced["operators"]["feeds"])
    step = time.monotonic()
    topics = read_topics(workspace_root() / "schemas" / "topics.toml")
    await apply_topics(installation.kafka, topics)
    await create_databases(installation.postgres, [s.name for s in SERVICES if s.database])
    _print_done("sujets et bases", time.monotonic() - step)
    installation.choose_ports(s.program_name(r) for s in SERVICES if not s.public for r in s.roles)
    for _, wave in groupby(sorted(SERVICES, key=lambda s: s.wave), key=lambda s: s.wave):
        await supervisor.start(
            [program_of(s, role, installation) for s in wave for role in s.roles]
        )
    write_shell_settings(installation, "esante", "all")
    write_prometheus_config(installation)
    print_line(
        f"\nRégion Lab est prêt en {_seconds(time.monotonic() - began)} : "
        f"http://localhost:{installation.port}\n"
        f"Journaux : {installation.data / 'logs'}\nCtrl-C pour arrêter."
    )
    for line in await feed_summary(f"http://127.0.0.1:{installation.port}", installation.feeds):
        print_line(line)
    print_line(account_summary(installation.port, installation.data))
    if options.pilots and options.feeds is None:
        await rehearse_pilots(installation, supervisor)
    if options.population:
        await populate(installation, supervisor, options.population)


def _infrastructure(options: DemoOptions, installation: Installation) -> list[Program]:
    """The servers to start, that is, those without a given address."""
    programs = [issuer(installation)]
    if options.postgres is None:
        programs.append(embedded_server("postgres", "PostgreSQL", installation))
    if options.kafka is None:
        server, label = _BROKERS[options.broker]
        programs.append(embedded_server(server, label, installation))
    if options.feeds is None:
        programs.append(_operators(options, installation))
    return programs


def _operators(options: DemoOptions, installation: Installation) -> Program:
    """The program that serves the feeds: the demo region's, or those of an archive."""
    label = "exploitants de démonstration"
    words = ["demo", "operators", "--scale", str(options.scale)]
    if options.archive is not None:
        label = "flux archivés"
        words = ["regionlab.replay", "--archive", str(options.archive)]
    words += ["--data", str(installation.data / "operators")]
    words += ["--port", str(installation.port_of("operators"))]
    argv = (sys.executable, "-m", *words)
    return Program("operators", label, argv, installation.environment())


def _print_done(label: str, seconds: float) -> None:
    print_line(f"  ✔ {label} ({_seconds(seconds)})")


def _seconds(value: float) -> str:
    return f"{value:.1f} s".replace(".", ",")


def _print_started(program: Program, seconds: float) -> None:
    _print_done(program.label, seconds)

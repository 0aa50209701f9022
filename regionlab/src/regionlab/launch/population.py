"""`regionlab population`: writes or loads the simulated population, and runs its devices.

The seed, the date and the size are stored in the data folder at the first load, so that a later
load sends the same resources, of which the server writes nothing again.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp

from regionlab.credentials.secrets import HOUSE_KEY
from regionlab.errors import Unreachable, UserError
from regionlab.launch.installation import Installation
from regionlab.launch.lifetime import print_line
from regionlab.launch.supervisor import Program, Supervisor
from regionlab.launch.tokens import new_token

if TYPE_CHECKING:
    from demo.population.loading import FhirClient
    from demo.population.population import Population

SCALE_PATIENTS: Final = 200
"""Patients of scale 1."""
FILE: Final = "population.json"
"""The file in the data folder with the seed, date and size of the population."""
_PROGRESS_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class PopulationOptions:
    """Which population, and where to."""

    data: Path
    """The data folder of a running demo, whose tokens are used."""
    scale: float = 1.0
    """1 is 200 patients."""
    seed: int = 1
    url: str = "http://localhost:8080/fhir"
    """The FHIR server."""


def write_population(options: PopulationOptions, path: Path, today: date) -> str:
    """Write the population as NDJSON, and its truths beside it. Returns a French line."""
    population = _population(options.scale, options.seed, today)
    count = 0
    try:
        with path.open("w", encoding="utf-8") as file:
            for batch in population.batches():
                for each in batch:
                    file.write(each.text + "\n")
                count += len(batch)
        truths = path.with_suffix(".truths.ndjson")
        with truths.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(each.as_json()) + "\n" for each in population.truths())
    except OSError as error:
        raise UserError(f"{path} ne peut pas être écrit : {error.strerror}.") from None
    return f"{count} ressources dans {path}, alarmes attendues dans {truths}"


def load_population(options: PopulationOptions, today: date) -> None:
    """Load the population into the FHIR server, with its progress in French.

    Raises UserError if the server refuses or does not answer.
    """
    population = _stored_population(options, today)
    asyncio.run(_load(options, population))
    store_options(options, population.today, loaded=True)
    print_line(f"La population est là : {population.patients} patients et Lucie Exemple.")


async def _load(options: PopulationOptions, population: "Population") -> None:
    from demo.population.loading import LoadError, load

    began = printed = time.monotonic()
    async with aiohttp.ClientSession() as session:
        try:
            async for each in load(population.batches(), _client(options, session)):
                now = time.monotonic()
                if now - printed >= _PROGRESS_SECONDS:
                    printed = now
                    print_line(_progress(each.resources, each.created, now - began))
        except LoadError as error:
            raise Unreachable(str(error)) from None
    print_line(_progress(each.resources, each.created, time.monotonic() - began))


def _progress(resources: int, created: int, seconds: float) -> str:
    rate = round(resources / max(seconds, 0.001))
    return f"  {resources} ressources, {created} nouvelles, {seconds:.0f} s ({rate} par seconde)"


def run_devices(options: PopulationOptions, every: float, size: int, today: date) -> None:
    """Post live measures of connected homes until the process is ended. Prints a JSON line once it
    runs."""
    asyncio.run(_run_devices(options, every, size, _stored_population(options, today)))


async def _run_devices(
    options: PopulationOptions, every: float, size: int, population: "Population"
) -> None:
    from random import Random

    from demo.population.devices import Devices, post_measures
    from demo.population.loading import LoadError
    from socle.settings import platform_clock

    devices = Devices(population, Random(), platform_clock())  # noqa: S311 – a simulation
    sys.stdout.write(json.dumps({"ready": True}) + "\n")
    sys.stdout.flush()
    async with aiohttp.ClientSession() as session:
        client = _client(options, session)
        while True:
            try:
                await post_measures(devices, client, size=size, pause_seconds=every)
            except (LoadError, UserError) as error:
                print_line(str(error))
                await asyncio.sleep(every)


def _client(options: PopulationOptions, session: aiohttp.ClientSession) -> "FhirClient":
    from demo.population.loading import FhirClient

    key = options.data / "gateway" / HOUSE_KEY
    # The demo's own key, so that the quotas of an unknown application do not apply.
    house = {"x-api-key": key.read_text("ascii").strip()} if key.exists() else {}
    bearer: list[str] = []

    async def headers(expired: bool) -> Mapping[str, str]:
        if expired or not bearer:
            bearer[:] = [await asyncio.to_thread(new_token, options.data, "integrator", "", None)]
        return house | {"authorization": f"Bearer {bearer[0]}"}

    return FhirClient(session, options.url, headers)


def _population(scale: float, seed: int, today: date) -> "Population":
    from demo.population.population import Population

    return Population(seed=seed, today=today, patients=max(1, round(scale * SCALE_PATIENTS)))


def _stored_population(options: PopulationOptions, today: date) -> "Population":
    """The population of the first load of the same seed and size, else that of today."""
    stored = read_options(options)
    if stored is not None:
        return _population(options.scale, options.seed, stored[0])
    store_options(options, today, loaded=False)
    return _population(options.scale, options.seed, today)


def read_options(options: PopulationOptions) -> tuple[date, bool] | None:
    """The date of the first load of the same seed, size and server, and whether it was complete;
    None before. Raises UserError for a file that is not one of ours."""
    path = options.data / FILE
    try:
        stored = json.loads(path.read_text("utf-8"))
        day, loaded = date.fromisoformat(stored.pop("today")), stored.pop("loaded", False)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path} est illisible : effacez-le, puis recommencez.") from None
    return (day, loaded is True) if stored == _identity(options) else None


def is_loaded(options: PopulationOptions) -> bool:
    """Whether all of it has been loaded; a file that cannot be read is for the load to report."""
    try:
        stored = read_options(options)
    except UserError:
        return False
    return stored is not None and stored[1]


def store_options(options: PopulationOptions, today: date, *, loaded: bool) -> None:
    """Write them into the data folder. Raises UserError."""
    path = options.data / FILE
    written = _identity(options) | {"today": today.isoformat(), "loaded": loaded}
    try:
        path.write_text(json.dumps(written), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} ne peut pas être écrit : {error.strerror}.") from None


def _identity(options: PopulationOptions) -> dict[str, object]:
    return {"seed": options.seed, "scale": options.scale, "url": options.url}


async def populate(installation: Installation, supervisor: Supervisor, scale: float) -> None:
    """Load the population of a demo and start its devices; a failure is printed, and the platform
    runs without. What is loaded already keeps what has changed since: a visit that was made would
    be open again."""
    url = f"http://localhost:{installation.port}/fhir"
    program = _program(installation, "population", "population simulée", "load", scale)
    loaded = is_loaded(PopulationOptions(installation.data, scale, url=url))
    if not loaded and await supervisor.run(program) != 0:
        log = installation.data / "logs" / f"{program.name}.log"
        print_line(f"  ✘ {program.label} : impossible, voir {log}")
        return
    patients = round(scale * SCALE_PATIENTS)
    print_line(f"La population simulée est là : {patients} patients suivis à domicile, et Lucie.")
    await supervisor.start(
        [_program(installation, "devices", "appareils de mesure simulés", "devices", scale)]
    )


def _program(
    installation: Installation, name: str, label: str, action: str, scale: float
) -> Program:
    words = (
        *("regionlab", "population", action, "--data", str(installation.data)),
        *("--url", f"http://localhost:{installation.port}/fhir", "--scale", f"{scale:g}"),
    )
    return Program(name, label, (sys.executable, "-m", *words), installation.environment())

"""What access rules cost: the same reads and searches by a program, to whom every record is open,
and by professionals in the circles of 30, 300 and 3,000 patients, in turns.

Requests skip the gateway. Those of a scale are about patients whose records are open to all.
"""

import asyncio
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.esante.fhir_server import (
    FhirServer,
    fhir_server,
    finish_background_work,
    start_database,
)
from bench.esante.population import import_resources, reads, searches
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import load_of

SECONDS: Final = 1.5
"""Duration of each measurement; the median of `_ROUNDS` counts."""
_ROUNDS: Final = 3
_CONNECTIONS: Final = 4
_RESOURCES: Final = 10_000
_ENTRIES: Final = 500
_OPEN: Final = (30, 300, 3000)


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows: list[dict[str, Cell]] = []
    for scale in sorted(options.scales):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            server = stack.enter_context(fhir_server(start_database(stack, folder)))
            patients: list[str] = []
            for _ in range(scale * _RESOURCES // _ENTRIES):
                patients += import_resources(server, _ENTRIES)
            _form_circles(server, patients)
            asyncio.run(finish_background_work(server.database))
            rows += _compare(server, patients[: min(_OPEN)], scale * _RESOURCES)
    notes = ("p50 ms of the median of three turns; four connections; PostgreSQL without fsync",)
    Report("fhir_access", "Access rules, one process", rows, notes=notes).show()


def _form_circles(server: FhirServer, patients: list[str]) -> None:
    """Put each professional in the circles of as many patients as their name states."""
    names = [*patients, *(f"other-{number}" for number in range(max(_OPEN)))][: max(_OPEN)]
    for start in range(0, len(names), _ENTRIES):
        entries = [
            {
                "request": {"method": "POST", "url": "CareTeam"},
                "resource": _circle(name, place),
            }
            for place, name in enumerate(names[start : start + _ENTRIES], start)
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        server.request("/fhir", bundle)


def _circle(patient: str, place: int) -> dict[str, Any]:
    members = [f"Practitioner/{count}" for count in _OPEN if place < count]
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": {"reference": f"Patient/{patient}"},
        "participant": [{"member": {"reference": each}} for each in members],
    }


def _compare(server: FhirServer, patients: list[str], size: int) -> Iterator[dict[str, Cell]]:
    callers: Mapping[str, FhirServer] = {"program": server} | {
        f"{count} open": server.of_professional(str(count)) for count in _OPEN
    }
    for what, targets in {"read": reads(patients), **searches(patients)}.items():
        found: dict[str, list[float]] = {each: [] for each in callers}
        for _ in range(_ROUNDS):
            for name, caller in random.sample(sorted(callers.items()), len(callers)):
                seen = load_of(
                    caller.address,
                    targets,
                    seconds=SECONDS,
                    connections=_CONNECTIONS,
                    headers=caller.headers,
                )
                if seen["failed"]:
                    raise RuntimeError(f"{what}, {name}: {seen['failed']} failed")
                found[name].append(seen["p50_ms"])
        medians = {name: sorted(each)[_ROUNDS // 2] for name, each in found.items()}
        row: dict[str, Cell] = {"resources": size, "what": what}
        for name, each in medians.items():
            row[f"{name}, ms"] = round(each, 2)
        yield measured("fhir", row)

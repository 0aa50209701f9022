"""`make attack`: what callers learn of closed records on a running installation, by every way that
the attempts of `services/esante/tests/support/record_access` know.

A program writes a record full of planted words, and a note with a word of its own in the records
of patients who exist; callers in every role search for them; then all is removed. Prints what was
tried and found; the exit code is 1 if something leaked.

`make attack ARGS="--data .regionlab --records 50 --repeats 100"`
`make attack ARGS="--url https://region.example/fhir --tokens tokens.toml"`
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).parent),
    str(Path(__file__).parents[2] / "services" / "esante" / "tests" / "support"),
]

from installation import Installation, demo_callers, read_callers  # noqa: E402
from record_access.attack import Attack, Report  # noqa: E402
from record_access.planting import Planting  # noqa: E402

DATA = Path(".regionlab")
URL = "http://localhost:8080/fhir"


async def attack(arguments: argparse.Namespace) -> Report:
    """Attack the installation."""
    async with Installation(arguments.url, arguments.data) as installation:
        planting = Planting(installation)
        if arguments.tokens is not None:
            installation.callers = read_callers(arguments.tokens)
        else:
            installation.callers = await asyncio.to_thread(
                demo_callers, arguments.data, planting.victim.record
            )
        planting.existing = await installation.list_patients(arguments.records)
        people = {name: each.person for name, each in installation.attackers().items()}
        return await Attack(planting, people, arguments.share, arguments.repeats).run()


def printed(report: Report, seconds: float) -> str:
    """The report as text."""
    lines = [f"{name:28} {count:6} requests" for name, count in report.tried.items()]
    for (caller, title), (found, never) in report.milliseconds.items():
        lines.append(f"{caller:28} {title:20} {found:7.1f} ms, of what is absent {never:7.1f} ms")
    lines += [f"FOUND {each}" for each in report.findings]
    total = sum(report.tried.values())
    lines.append(f"{total} requests, {len(report.findings)} findings, {seconds:.0f} s")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Run the attack; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=URL, help="the FHIR base")
    parser.add_argument("--data", type=Path, default=DATA, help="the data folder of a demo")
    parser.add_argument("--tokens", type=Path, help="callers of another installation (TOML)")
    parser.add_argument("--records", type=int, default=20, help="patients whose record is marked")
    parser.add_argument("--share", type=float, default=1.0, help="of the requests")
    parser.add_argument("--repeats", type=int, default=0, help="measurements of each timed request")
    started = time.perf_counter()
    report = asyncio.run(attack(parser.parse_args(argv)))
    print(printed(report, time.perf_counter() - started))
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())

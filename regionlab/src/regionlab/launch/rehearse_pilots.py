"""The demo's three pilots: rehearse their past once per data folder, then run their participants.

Both start after the address is printed, because the rehearsal simulates months and takes a while.
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from regionlab.credentials.secrets import HOUSE_KEY
from regionlab.launch.installation import Installation
from regionlab.launch.lifetime import print_line
from regionlab.launch.services import SERVICES, program_of
from regionlab.launch.shell_settings import write_shell_settings
from regionlab.launch.supervisor import Program, Supervisor

INVITATIONS: Final = "invitations.json"
"""The file in the folder `pilotes` with an enrolment code of each open pilot. It is written when
the rehearsal is complete."""
_SEED: Final = 8
"""Of the rehearsal's random choices, so that each demo has the same pilots."""


async def rehearse_pilots(installation: Installation, supervisor: Supervisor) -> None:
    """Rehearse the pilots if this data folder has none yet, then start the simulated participants.

    If the rehearsal fails, that is printed and the platform runs without pilots.
    """
    invitations = installation.data / "pilotes" / INVITATIONS
    write_shell_settings(installation, "pilotes", "api")
    if not invitations.exists():
        began = time.monotonic()
        rehearsal = _rehearsal(installation, invitations)
        if await supervisor.run(rehearsal) != 0:
            log = installation.data / "logs" / f"{rehearsal.name}.log"
            print_line(
                f"  ✘ {rehearsal.label} : impossible, voir {log} (make clean pour repartir à neuf)"
            )
            return
        seconds = f"{time.monotonic() - began:.1f}".replace(".", ",")
        print_line(f"  ✔ {rehearsal.label} ({seconds} s)")
    await supervisor.start([_participants(installation, invitations)])
    site = f"http://localhost:{installation.port}"
    print_line(f"Les pilotes : {site}/pilotes/v1/pilots")
    for pilot_id, code in json.loads(invitations.read_text("utf-8")).items():
        print_line(f"Participer à {pilot_id} : {site}/participer/c/{code}")


def _api(installation: Installation) -> Program:
    service = next(each for each in SERVICES if each.name == "pilotes")
    return program_of(service, "api", installation)


def _rehearsal(installation: Installation, invitations: Path) -> Program:
    role = _api(installation)
    words = ("rehearse", "--seed", str(_SEED), "--invitations", str(invitations))
    return replace(
        role,
        name="pilotes-rehearsal",
        label="quatre mois de trois pilotes",
        argv=(sys.executable, "-m", "pilotes", *words),
        ready_url=None,
    )


def _participants(installation: Installation, invitations: Path) -> Program:
    words = (
        *("--gateway", f"http://localhost:{installation.port}"),
        *("--key", str(installation.data / "gateway" / HOUSE_KEY)),
        *("--invitations", str(invitations)),
        *("--kept", str(installation.data / "pilotes" / "participants.json")),
    )
    argv = (sys.executable, "-m", "demo", "participants", *words)
    return Program("participants", "participants simulés", argv, installation.environment())

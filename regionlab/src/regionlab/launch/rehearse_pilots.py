"""The demo's three pilots: rehearse their past once per data folder, then run their participants.

Both start after the address is printed, so that nobody waits for simulated months.
"""

import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from regionlab.credentials.secrets import HOUSE_KEY, write_secret
from regionlab.launch.house import House
from regionlab.launch.lifetime import print_line
from regionlab.launch.services import SERVICES, program_of
from regionlab.launch.supervisor import Program, Supervisor

INVITATIONS: Final = "invitations.json"
"""The file in the folder `pilotes` with an enrolment code of each open pilot. It is written when
the rehearsal is complete."""
SETTINGS: Final = "settings.sh"
_SEED: Final = 8


async def rehearse_pilots(house: House, supervisor: Supervisor) -> None:
    """Rehearse the pilots if they are not yet, then start the simulated participants. A failed
    rehearsal is reported; the platform runs without pilots."""
    invitations = house.data / "pilotes" / INVITATIONS
    _write_settings(house)
    if not invitations.exists():
        began = time.monotonic()
        rehearsal = _rehearsal(house, invitations)
        if await supervisor.run(rehearsal) != 0:
            log = house.data / "logs" / f"{rehearsal.name}.log"
            print_line(
                f"  ✘ {rehearsal.label} : impossible, voir {log} (make clean pour repartir à neuf)"
            )
            return
        seconds = f"{time.monotonic() - began:.1f}".replace(".", ",")
        print_line(f"  ✔ {rehearsal.label} ({seconds} s)")
    await supervisor.start([_participants(house, invitations)])
    print_line(f"Les pilotes : http://localhost:{house.port}/pilotes/v1/pilots")


def _write_settings(house: House) -> None:
    """Write the service's variables for a shell: `python -m pilotes verify` needs them."""
    settings = sorted(_api(house).env.items())
    lines = (
        f"export {name}={shlex.quote(value)}\n"
        for name, value in settings
        if name.startswith(("PILOTES_", "REGIONLAB_"))
    )
    path = house.data / "pilotes" / SETTINGS
    path.unlink(missing_ok=True)  # ports are others at each start
    write_secret(path, "".join(lines))


def _api(house: House) -> Program:
    service = next(each for each in SERVICES if each.name == "pilotes")
    return program_of(service, "api", house)


def _rehearsal(house: House, invitations: Path) -> Program:
    role = _api(house)
    words = ("rehearse", "--seed", str(_SEED), "--invitations", str(invitations))
    return replace(
        role,
        name="pilotes-rehearsal",
        label="quatre mois de trois pilotes",
        argv=(sys.executable, "-m", "pilotes", *words),
        ready_url=None,
    )


def _participants(house: House, invitations: Path) -> Program:
    words = (
        *("--gateway", f"http://localhost:{house.port}"),
        *("--key", str(house.data / "gateway" / HOUSE_KEY)),
        *("--invitations", str(invitations)),
        *("--kept", str(house.data / "pilotes" / "participants.json")),
    )
    argv = (sys.executable, "-m", "demo", "participants", *words)
    return Program("participants", "participants simulés", argv, house.environment())

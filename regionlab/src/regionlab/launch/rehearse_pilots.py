"""The demo's three pilots: their past is rehearsed once a folder, then their participants go on.

Both come after the address is printed: nobody waits for months that are invented.
"""

import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from regionlab.credentials.secrets import HOUSE_KEY, write_secret
from regionlab.launch.house import House
from regionlab.launch.lifetime import say
from regionlab.launch.services import SERVICES, program_of
from regionlab.launch.supervisor import Program, Supervisor

INVITATIONS: Final = "invitations.json"
"""The file of the folder `pilotes` with a code of each pilot that takes people in: written once
all is rehearsed."""
SETTINGS: Final = "settings.sh"
_SEED: Final = 8


async def live_pilots(house: House, supervisor: Supervisor) -> None:
    """Rehearse what has not been yet, and have people take part. A rehearsal that is refused is
    told, and the house lives without."""
    invitations = house.data / "pilotes" / INVITATIONS
    _tell_settings(house)
    if not invitations.exists():
        began = time.monotonic()
        rehearsal = _rehearsal(house, invitations)
        if await supervisor.run(rehearsal) != 0:
            log = house.data / "logs" / f"{rehearsal.name}.log"
            say(f"  ✘ {rehearsal.label} : impossible, voir {log} (make clean pour repartir à neuf)")
            return
        seconds = f"{time.monotonic() - began:.1f}".replace(".", ",")
        say(f"  ✔ {rehearsal.label} ({seconds} s)")
    await supervisor.start([_participants(house, invitations)])
    say(f"Les pilotes : http://localhost:{house.port}/pilotes/v1/pilots")


def _tell_settings(house: House) -> None:
    """What the service is told, as a shell reads it: for `python -m pilotes verify`."""
    told = sorted(_api(house).env.items())
    lines = (
        f"export {name}={shlex.quote(value)}\n"
        for name, value in told
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

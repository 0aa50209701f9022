"""The list of the demo's accounts that is printed once the demo is ready."""

import shlex
import sys
from pathlib import Path

from embedded.issuer.realms import ACCOUNTS, REALMS
from regionlab.workspace import DATA


def account_summary(port: int, data: Path) -> str:
    """The address of the login, the accounts of each realm, and the command of a token, in French.

    `port`: the gateway's. `data`: the demo's data folder.
    """
    lines = [f"\nComptes de démonstration (sans mot de passe) : http://localhost:{port}/auth/login"]
    for realm in REALMS.values():
        people = [f"{a.name} ({a.note})" for a in ACCOUNTS if a.realm == realm.name]
        if people:
            lines.append(f"  {realm.label} : {', '.join(people)}")
    lines.append(f"Un jeton pour essayer l'API : {_token_command(data)}")
    return "\n".join(lines)


def _token_command(data: Path) -> str:
    """The shell command that prints a token, for the current folder."""
    program, here = Path(sys.executable).with_name("regionlab"), Path.cwd()
    if program.is_relative_to(here):
        program = program.relative_to(here)
    folder = [] if data.resolve() == DATA.resolve() else ["--data", str(data)]
    return shlex.join([str(program), "token", "--role", "professional", *folder])

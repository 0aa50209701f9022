"""The variables of a service for a shell: the commands of its operator need them."""

import shlex
from typing import Final

from regionlab.credentials.secrets import write_secret
from regionlab.launch.installation import Installation
from regionlab.launch.services import SERVICES, program_of

SETTINGS: Final = "settings.sh"
"""The file in the folder of a service."""


def write_shell_settings(installation: Installation, name: str, role: str) -> None:
    """Write the variables of that role of the service `name`, such as the URL of its database."""
    service = next(each for each in SERVICES if each.name == name)
    settings = sorted(program_of(service, role, installation).env.items())
    lines = (
        f"export {variable}={shlex.quote(value)}\n"
        for variable, value in settings
        if variable.startswith((f"{name.upper()}_", "REGIONLAB_"))
    )
    path = installation.data / name / SETTINGS
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)  # ports change at each start
    write_secret(path, "".join(lines))

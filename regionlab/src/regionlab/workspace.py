"""The folders of the commands: the root of the workspace, and the demo's data."""

from pathlib import Path
from typing import Final

from regionlab.errors import UserError

DATA: Final = Path(".regionlab")
"""The default data folder of the demo, from the current folder."""


def workspace_root(start: Path | None = None) -> Path:
    """The root of the workspace: the nearest folder above with `schemas/topics.toml`.

    Searched from `start` if given; else from the current folder, then from this file. Raises
    `UserError` if there is none, as in an installation without the sources.
    """
    for place in (start,) if start else (Path.cwd(), Path(__file__).resolve()):
        for folder in (place, *place.parents):
            if (folder / "schemas" / "topics.toml").is_file():
                return folder
    raise UserError(
        "Ce dossier n'appartient pas à Région Lab (schemas/topics.toml est introuvable) : "
        "placez-vous dans le dossier du projet."
    )

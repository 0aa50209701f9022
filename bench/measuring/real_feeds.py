"""Real feeds for benchmarks, in the folder of the variable REGIONLAB_DATA."""

import os
from pathlib import Path

_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
_NAMES = {"poa_eptc": "Porto Alegre bus", "poa_trensurb": "Porto Alegre train", "raba": "Redding"}


def real_feeds() -> dict[str, Path]:
    """The paths of the feeds that exist, by the name printed in tables; can be empty."""
    found = {title: real_file(f"{name}.zip") for name, title in _NAMES.items()}
    return {title: path for title, path in found.items() if path is not None}


def real_file(name: str) -> Path | None:
    """The path of one file of the folder; None if it does not exist."""
    path = Path(os.environ.get("REGIONLAB_DATA", _DEFAULT)) / name
    return path if path.exists() else None

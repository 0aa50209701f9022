"""Real GTFS feeds for benchmarks, in the folder of the variable REGIONLAB_DATA."""

import os
from pathlib import Path

_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
_NAMES = {"poa_eptc": "Porto Alegre bus", "poa_trensurb": "Porto Alegre train", "raba": "Redding"}


def real_feeds() -> dict[str, Path]:
    """The paths of the feeds that exist, by the name printed in tables; can be empty."""
    folder = Path(os.environ.get("REGIONLAB_DATA", _DEFAULT))
    found = {title: folder / f"{name}.zip" for name, title in _NAMES.items()}
    return {title: path for title, path in found.items() if path.exists()}

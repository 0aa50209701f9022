"""`make screenshots`: every page of the site as pictures, by role, width and colour scheme.

`make screenshots ARGS="--to folder"`
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from site_screenshots import take_screenshots


def main() -> int:
    """Take the pictures; print how many and where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("screenshots"))
    folder = parser.parse_args().to
    with tempfile.TemporaryDirectory() as data:
        taken = asyncio.run(take_screenshots(folder, Path(data) / "demo"))
    print(f"{taken} pictures in {folder}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())

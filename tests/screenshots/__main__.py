"""`make screenshots`: every page of the site as pictures: each role, both widths, by day and night.

`make screenshots ARGS="--to folder"`
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from site_pictures import take_pictures


def main() -> int:
    """Take the pictures; print how many and where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("screenshots"))
    folder = parser.parse_args().to
    with tempfile.TemporaryDirectory() as data:
        taken = asyncio.run(take_pictures(folder, Path(data) / "demo"))
    print(f"{taken} images dans {folder}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())

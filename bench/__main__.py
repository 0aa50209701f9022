"""`make bench`: every benchmark, or those named: `make bench ARGS="pipeline board --scales 1"`.

`python -m bench soak --minutes 60 --speed 20` is not one of them: `bench/soak.py`.
"""

import argparse
import importlib
import sys
import time

from bench.options import SCALES, Options

BENCHMARKS = (
    "import_gtfs",
    "pipeline",
    "board",
    "gateway",
    "spent",
    "idle",
    "held",
    "streams",
    "memory",
    "fhir",
    "pilotes",
    "pilot_report",
)


def main() -> None:
    if sys.argv[1:2] == ["soak"]:
        importlib.import_module("bench.soak").main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument(
        "--scales",
        nargs="+",
        type=int,
        default=SCALES,
        metavar="N",
        help="times the demo region's size; 1 4 16 by default",
    )
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown benchmark: {', '.join(sorted(unknown))}")
    begun = time.monotonic()
    for name in chosen.names or BENCHMARKS:
        importlib.import_module(f"bench.{name}").main(Options(tuple(chosen.scales)))
    print(f"\nAll measured in {(time.monotonic() - begun) / 60:.1f} min.")


if __name__ == "__main__":
    main()

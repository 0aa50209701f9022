"""`make bench`: every benchmark, or those named: `make bench ARGS="board gateway"`.

`python -m bench soak --minutes 60 --speed 20` is not one of them: `bench/soak.py`.
"""

import argparse
import importlib
import sys

BENCHMARKS = ("import_gtfs", "board", "gateway", "memory")


def main() -> None:
    if sys.argv[1:2] == ["soak"]:
        importlib.import_module("bench.soak").main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(BENCHMARKS)}; all by default")
    names = parser.parse_args().names or BENCHMARKS
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        sys.exit(f"Unknown benchmark: {', '.join(sorted(unknown))}")
    for name in names:
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()

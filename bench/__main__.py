"""`make bench`: every benchmark, or those named: `make bench ARGS="pipeline board --scales 1"`.

`python -m bench soak --minutes 60 --speed 20` is a separate program: `bench/demo/soak.py`.
"""

import argparse
import importlib
import sys
import time
from pathlib import Path

from bench.measuring.options import SCALES, Options
from mobilite.journeys.adapters.kernel_cache import cache_kernels

BENCHMARKS = {
    "import_gtfs": "bench.mobilite.import_gtfs",
    "pipeline": "bench.mobilite.pipeline",
    "board": "bench.mobilite.board",
    "passages": "bench.mobilite.passages",
    "places": "bench.mobilite.places",
    "addresses": "bench.mobilite.addresses",
    "gateway": "bench.gateway.forwarding",
    "spent": "bench.gateway.cpu_time",
    "idle": "bench.gateway.idle",
    "held": "bench.mobilite.held",
    "streams": "bench.mobilite.streams",
    "memory": "bench.demo.memory",
    "journeys": "bench.journeys.engine",
    "journeys_http": "bench.journeys.over_http",
    "journey_watch": "bench.journeys.watch",
    "streets": "bench.journeys.streets",
    "pages": "bench.portail.pages",
    "fhir": "bench.esante.fhir",
    "fhir_hapi": "bench.esante.hapi",
    "fhir_processes": "bench.esante.processes",
    "fhir_access": "bench.esante.access",
    "fhir_traces": "bench.esante.traces",
    "fhir_mix": "bench.esante.mix",
    "fhir_writes": "bench.esante.writes",
    "fhir_observations": "bench.esante.observations",
    "fhir_latency": "bench.esante.latency",
    "fhir_export": "bench.esante.export",
    "alerts": "bench.esante.alerts",
    "subscriptions": "bench.esante.subscriptions",
    "pilotes": "bench.pilotes.fold",
    "pilot_report": "bench.pilotes.pilot_report",
}
"""The module of each benchmark, by its name on the command line."""


def main() -> None:
    if sys.argv[1:2] == ["soak"]:
        importlib.import_module("bench.demo.soak").main(sys.argv[2:])
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
    parser.add_argument(
        "--warm",
        type=float,
        default=Options().warm_minutes,
        metavar="MINUTES",
        help="that HAPI's server is used before it is measured; 10 by default",
    )
    chosen = parser.parse_args()
    unknown = set(chosen.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"unknown benchmark: {', '.join(sorted(unknown))}")
    cache_kernels(Path(__file__).parents[1] / ".cache" / "numba")
    options = Options(tuple(chosen.scales), chosen.warm)
    started = time.monotonic()
    for name in chosen.names or BENCHMARKS:
        importlib.import_module(BENCHMARKS[name]).main(options)
    print(f"\nAll measured in {(time.monotonic() - started) / 60:.1f} min.")


if __name__ == "__main__":
    main()

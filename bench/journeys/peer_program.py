"""One peer on one network: `python -m bench.journeys.peer_program cafein < question.json`.

cafein gets the ways that the own engine uses, and returns complete journeys with their legs.
pynigiri computes its own changes: two minutes at a stop, ways between near stops of several feeds,
and times in minutes. Its binding accepts no window.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from bench.measuring.report import percentile
from bench.measuring.timing import resident_megabytes

Pair = tuple[Any, Any]
"""Two stops, by name; for pynigiri by feed and id."""
Measures = tuple[float, float, int]
"""p50 and p95 in milliseconds, and the number of journeys."""


def cafein_cases(question: Mapping[str, Any]) -> tuple[float, dict[str, Measures]]:
    """Seconds to load, and the measures by case."""
    from cafein import TransportNetwork

    start = perf_counter()
    network = TransportNetwork.from_gtfs(
        question["files"], trip_distances=False, leg_geometries=False
    )
    loaded = perf_counter() - start
    at = datetime.fromisoformat(question["at"]).replace(tzinfo=None)

    def measured(window: int | None) -> Measures:
        return _measure(
            question["pairs"],
            lambda pair: network.route_between_stops(*pair, at, departure_time_window=window),
        )

    windows = {"earliest arrival": None, "1 h range": 60, "2 h range": 120}
    cases = {case: measured(window) for case, window in windows.items()}
    network.set_transfers([tuple(way) for way in question["ways"]])
    cases |= {f"{case}, walking": measured(window) for case, window in windows.items()}
    return loaded, cases


def pynigiri_cases(question: Mapping[str, Any]) -> tuple[float, dict[str, Measures]]:
    """Seconds to load, and the measures by case."""
    import pynigiri

    at = datetime.fromisoformat(question["at"])
    config = pynigiri.LoaderConfig()
    config.link_stop_distance = 0
    sources = [
        pynigiri.TimetableSource(str(number), path, config)
        for number, path in enumerate(question["files"])
    ]
    start = perf_counter()
    days = (at - timedelta(days=1)).date(), (at + timedelta(days=2)).date()
    timetable = pynigiri.load_timetable(sources, *map(str, days))
    loaded = perf_counter() - start

    def found(pair: Pair) -> Sequence[object]:
        ends = [timetable.find_location(stop, pynigiri.SourceIdx(feed)) for feed, stop in pair]
        query = pynigiri.Query()
        query.start_time = int(at.timestamp()) // 60
        query.start = [pynigiri.Offset(ends[0], 0, 0)]
        query.destination = [pynigiri.Offset(ends[1], 0, 0)]
        query.max_transfers = 7
        query.max_travel_time = 24 * 60
        journeys: Sequence[object] = pynigiri.route(timetable, query)
        return journeys

    return loaded, {"earliest arrival": _measure(question["feed_pairs"], found)}


def _measure(pairs: Sequence[Pair], search: Callable[[Pair], Sequence[object]]) -> Measures:
    times, journeys = [], 0
    for pair in pairs:
        start = perf_counter()
        found = search(pair)
        times.append(perf_counter() - start)
        journeys += len(found)
    return percentile(times, 0.5) * 1000, percentile(times, 0.95) * 1000, journeys


def main() -> None:
    """Answer the question on standard input as one line of JSON."""
    question = json.load(sys.stdin)
    before = resident_megabytes()
    cases = {"cafein": cafein_cases, "pynigiri": pynigiri_cases}[sys.argv[1]]
    loaded, measures = cases(question)
    more = resident_megabytes() - before
    print(json.dumps({"load": loaded, "mb": more, "cases": measures}))


if __name__ == "__main__":
    main()

"""The runs of each vehicle, one after the other (GTFS block_id)."""

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from demo.network.model import Run

LAYOVER = 240
"""Seconds from the end of a vehicle's run to the start of its next one, at least."""


def with_blocks(runs: Sequence[Run], names: Mapping[str, str]) -> Iterator[Run]:
    """The runs with their blocks, line by line, in the order of their starts. Runs with a headway
    have no block.

    `names`: name by stop id. A vehicle stays on one line and one service, and starts a run at a
    stop with the name of the one where it arrived.
    """
    groups: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        groups[run.line.id, run.service].append(run)
    for (line, service), members in groups.items():
        waiting: dict[str, list[tuple[int, int]]] = defaultdict(list)
        vehicles = 0
        for run in sorted(members, key=lambda each: (each.start, each.trip_id)):
            if run.headway:
                yield run
                continue
            here = waiting[names[run.pattern.stops[0]]]
            if here and here[0][0] <= run.start:
                vehicle = heapq.heappop(here)[1]
            else:
                vehicles += 1
                vehicle = vehicles
            heapq.heappush(waiting[names[run.pattern.stops[-1]]], (run.end + LAYOVER, vehicle))
            yield replace(run, block=f"{line}-{service}-{vehicle}")

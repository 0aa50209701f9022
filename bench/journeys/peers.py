"""Peers on the same files and pairs, each in a process of its own (`peer_program.py`)."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from bench.journeys.networks import BenchNetwork
from bench.measuring.report import Cell, measured
from mobilite.journeys.domain.footpaths import Footpaths
from mobilite.journeys.domain.network import JourneyNetwork

PEERS: Final = ("cafein", "pynigiri")


def peer_rows(
    bench: BenchNetwork,
    network: JourneyNetwork,
    pairs: Sequence[tuple[int, int]],
    walks: Footpaths,
    own: Mapping[str, float],
) -> tuple[list[dict[str, Cell]], list[str]]:
    """A row for each case that a peer answers, and a note for each peer. `own`: our p50 by case."""
    names = stop_names(network)
    stops = [(feed, stop) for feed, one in enumerate(network.feeds) for stop in one.stop_ids]
    question = {
        "files": [str(path) for path in bench.files],
        "at": bench.at.isoformat(),
        "pairs": [(names[origin], names[destination]) for origin, destination in pairs],
        "feed_pairs": [(stops[origin], stops[destination]) for origin, destination in pairs],
        "ways": named_ways(names, walks),
    }
    rows, notes = [], []
    for peer in PEERS:
        answer = _answer(peer, question)
        if "failed" in answer:
            notes.append(f"{bench.name}, {peer}: {answer['failed']}")
            continue
        notes.append(
            f"{bench.name}, {peer}: loaded in {answer['load']:.1f} s, +{answer['mb']:.0f} MB"
        )
        for case, (p50, p95, journeys) in answer["cases"].items():
            row: dict[str, Cell] = {
                "network": bench.name,
                "engine": peer,
                "case": case,
                "p50 ms": p50,
                "p95 ms": p95,
                "journeys": journeys,
                "× own p50": p50 / own[case],
            }
            rows.append(measured("journeys", row))
    return rows, notes


def stop_names(network: JourneyNetwork) -> list[str]:
    """The stops as cafein names them: by id; one that several feeds use with the feed's index."""
    ids = [(feed, stop) for feed, one in enumerate(network.feeds) for stop in one.stop_ids]
    uses = Counter(stop for _, stop in ids)
    return [stop if uses[stop] == 1 else f"{feed}:{stop}" for feed, stop in ids]


def named_ways(names: Sequence[str], ways: Footpaths) -> list[tuple[str, str, int, float]]:
    """The ways between different stops: their names, seconds, metres."""
    sources = np.repeat(np.arange(len(names)), np.diff(ways.first))
    columns = (sources, ways.target, ways.seconds, ways.metres)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        (names[source], names[target], seconds, float(metres))
        for source, target, seconds, metres in rows
        if source != target
    ]


def _answer(peer: str, question: Mapping[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        (sys.executable, "-m", "bench.journeys.peer_program", peer),
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or ["no output"])[-1]}
    return dict(json.loads(done.stdout.splitlines()[-1]))

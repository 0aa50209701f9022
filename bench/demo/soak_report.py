"""The results of a soak, as tables and a verdict."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bench.demo.soak_samples import Load, Sample
from bench.demo.soak_streams import Followed
from bench.measuring.report import Cell, percentile

GROWTH_LIMIT = 20.0
"""Megabytes per hour above which the memory of a program counts as growing."""
_WARM_UP_SHARE = 0.25
"""The first part of a soak, in which caches fill; it is left out of the slopes."""
_UNMATCHED_LIMIT = 0.01
"""The share of trip updates that may be unmatched."""


def memory_rows(samples: Sequence[Sample]) -> list[dict[str, Cell]]:
    """One row for each program that is in all samples after the warm-up, and a row of the total."""
    settled = _after_warm_up(samples)
    names = [name for name in settled[0].memory if all(name in each.memory for each in settled)]
    rows = [
        _row("process", name, settled, lambda each, name=name: each.memory[name].pss)  # type: ignore[misc]
        for name in names
    ]
    total = _row("process", "all", settled, lambda s: sum(m.pss for m in s.memory.values()))
    return [*rows, total]


def disk_rows(samples: Sequence[Sample]) -> list[dict[str, Cell]]:
    """One row for each topic and each folder."""
    settled = _after_warm_up(samples)
    return [
        _row("on disk", name, settled, lambda each, name=name: each.disk.get(name, 0.0))  # type: ignore[misc]
        for name in settled[-1].disk
    ]


def stream_rows(followed: Sequence[Followed]) -> list[dict[str, Cell]]:
    """One row for each type of stream."""
    stream_types = dict.fromkeys(each.stream_type for each in followed)
    return [
        _stream_row(stream_type, [each for each in followed if each.stream_type == stream_type])
        for stream_type in stream_types
    ]


def _stream_row(stream_type: str, streams: Sequence[Followed]) -> dict[str, Cell]:
    problems = sum((each.problems for each in streams), Counter[str]())
    return {
        "stream": stream_type,
        "listeners": len(streams),
        "events": sum(each.events for each in streams),
        "signs of life": sum(each.comments for each in streams),
        "longest silence s": max(each.silence for each in streams),
        "problems": _listed(problems),
    }


def verdict(
    samples: Sequence[Sample], followed: Sequence[Followed], load: Load
) -> list[tuple[str, bool]]:
    """Each requirement of a soak as a sentence, and whether it was met."""
    growing = [
        f"{row['process']} {row['MB/h']:+.0f} MB/h"
        for row in memory_rows(samples)[:-1]
        if float(row["MB/h"]) > GROWTH_LIMIT
    ]
    problems = sum((each.problems for each in followed), Counter[str]())
    worst = max((each.counts for each in samples), key=_unmatched)
    pids = [{name: each.pids for name, each in sample.memory.items()} for sample in samples]
    lost = [name for name, first in pids[0].items() if _was_lost(name, first, pids)]
    went_back = [name for name in load.problems if name.startswith("went back")]
    failed = Counter({n: c for n, c in load.problems.items() if not n.startswith("went back")})
    return [
        (
            f"no program grows by more than {GROWTH_LIMIT:g} MB/h: {', '.join(growing) or 'none'}",
            not growing,
        ),
        (f"streams without a gap: {_listed(problems)}", not problems),
        (
            f"every update matched: at worst {_unmatched(worst):.1%} were not",
            _unmatched(worst) < _UNMATCHED_LIMIT,
        ),
        (f"merged feeds never go back: {', '.join(went_back) or 'none does'}", not went_back),
        (f"every answer is 200: {_listed(failed)}", not failed),
        (f"no program was lost: {', '.join(lost) or 'none was'}", not lost),
    ]


def answers_note(load: Load) -> str:
    """Number and response times of the requests of `Load`, as one line."""
    times = load.times or [0.0]
    p50, p99 = (percentile(times, share) * 1000 for share in (0.5, 0.99))
    return (
        f"{len(load.times):,} answers, p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {max(times):.2f} s"
    )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The least-squares slope per hour of points (seconds, value); 0 if all have the same time."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        return 0.0
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread * 3600


def _after_warm_up(samples: Sequence[Sample]) -> Sequence[Sample]:
    begin = samples[-1].at * _WARM_UP_SHARE
    return [each for each in samples if each.at >= begin]


def _row(
    column: str, name: str, samples: Sequence[Sample], value: Callable[[Sample], float]
) -> dict[str, Cell]:
    values = [value(each) for each in samples]
    return {
        column: name,
        "settled MB": values[0],
        "end MB": values[-1],
        "most MB": max(values),
        "MB/h": slope([(each.at, value(each)) for each in samples]),
    }


def _was_lost(
    name: str, first: frozenset[int], pids: Sequence[Mapping[str, frozenset[int]]]
) -> bool:
    """Whether a process of the program's first sample is missing in the last one.

    Only for the programs that must run all the time: workers and the fork server's jobs end.
    `first`: its process ids in the first sample. `pids`: the process ids by program, by sample.
    """
    return name.startswith(("mobilite ", "gateway", "portail", "embedded")) and not (
        first <= pids[-1].get(name, frozenset())
    )


def _unmatched(counts: Counter[str]) -> float:
    """The share of trip updates that match no trip of the timetable."""
    updates = counts["matched"] + counts["added"] + counts["unmatched"]
    return counts["unmatched"] / updates if updates else 0.0


def _listed(problems: Counter[str]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in problems.most_common(6)) or "none"

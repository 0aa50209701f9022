"""Runs outside the timetable: extra trips, copies of a trip, and replacement buses."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from demo.days.dice import draw_integer, seeded_random
from demo.days.drive import MAX_DELAY, Times, drive
from demo.days.happening import label_of
from demo.days.truth import PUBLISHED_AFTER_END, USUAL_NOTICE, ScheduleRelationship, TrueRun
from demo.days.works import Works, list_replacement_buses
from demo.network.model import Pattern, Run

HOUR = 3600
_SLOT_SECONDS: Mapping[Literal["new", "duplicated"], int] = {"new": 3 * HOUR, "duplicated": HOUR}
"""Length of a slot of the day. One run is added in each slot in which a run starts."""

_UNPUBLISHED_AFTER = MAX_DELAY + PUBLISHED_AFTER_END + 60
"""Seconds after the scheduled end of a run from which it is certainly no longer published."""
_COPY_DELAY = _UNPUBLISHED_AFTER + HOUR // 2
"""Seconds from the scheduled end of a run to the start of its copy."""
_EXTRA_DELAY = 240
"""Seconds from the start of a run to that of the extra run after it."""


def replacement_bus_runs(works: Works, day: date, *, seed: int) -> Iterator[TrueRun]:
    """The runs of the replacement buses of a day."""
    for trip_id, pattern, start in list_replacement_buses(works, day):
        yield _added(
            trip_id, pattern, start, day, relationship="new", seed=seed, notice=2 * USUAL_NOTICE
        )


def extra_runs(
    runs: Sequence[Run], day: date, relationship: Literal["new", "duplicated"], *, seed: int
) -> Iterator[TrueRun]:
    """One added run for each slot: four minutes after a run of that slot (`new`), or a copy of it
    after its end (`duplicated`). `runs`: those of the timetable that day.

    A copy leaves long after its original has arrived, and is published only when the original no
    longer is: a trip is never published as running twice at once.
    """
    slots: dict[int, list[Run]] = {}
    for run in runs:
        slots.setdefault(run.start // _SLOT_SECONDS[relationship], []).append(run)
    for slot, there in sorted(slots.items()):
        run = there[draw_integer(seed, day, "extra", slot) % len(there)]
        copied = run if relationship == "duplicated" else None
        start = run.start + _EXTRA_DELAY if copied is None else run.end + _COPY_DELAY
        trip_id = f"{'BIS' if relationship == 'duplicated' else 'SUP'}-{run.trip_id}-{day:%Y%m%d}"
        notice = 2 * HOUR if copied is None else _COPY_DELAY - _UNPUBLISHED_AFTER
        yield _added(
            trip_id,
            run.pattern,
            start,
            day,
            relationship=relationship,
            seed=seed,
            copied=copied,
            notice=notice,
        )


def _added(
    trip_id: str,
    pattern: Pattern,
    start: int,
    day: date,
    *,
    relationship: ScheduleRelationship,
    seed: int,
    copied: Run | None = None,
    notice: int,
) -> TrueRun:
    planned = Times(pattern.arrivals, pattern.departures).later(start)
    rng = seeded_random(seed, day, trip_id, "drive")
    driven = drive(pattern.line, pattern.direction, planned, day, rng=rng, seed=seed)
    return TrueRun(
        trip_id=trip_id,
        day=day,
        pattern=pattern,
        relationship=relationship,
        planned=planned,
        driven=driven,
        copied=copied,
        headsign=pattern.headsign,
        notice=notice,
        foresight=notice,
        vehicle=trip_id,
        label=label_of(trip_id, seed),
    )

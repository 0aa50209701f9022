"""Runs that no timetable holds: extra trips, copies of a trip, and the buses of the works."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from demo.days.dice import dice, number
from demo.days.drive import LATEST, Times, drive
from demo.days.happening import label_of
from demo.days.truth import FAREWELL, USUAL_NOTICE, ScheduleRelationship, TrueRun
from demo.days.works import Works, buses_instead
from demo.network.model import Pattern, Run

HOUR = 3600
_SLOTS: Mapping[ScheduleRelationship, int] = {"new": 3 * HOUR, "duplicated": HOUR}
"""An operator adds one run in each such part of the day, where anything runs."""

_PUBLISHED_AFTER = LATEST + FAREWELL + 60
"""Seconds after the scheduled end of a run from which it is no longer published."""
_AFTER = _PUBLISHED_AFTER + HOUR // 2


def bus_runs(works: Works, day: date, *, seed: int) -> Iterator[TrueRun]:
    """The buses that run instead of the tram."""
    for trip_id, way, start in buses_instead(works, day):
        yield _added(
            trip_id, way, start, day, relationship="new", seed=seed, notice=2 * USUAL_NOTICE
        )


def extra_runs(
    runs: Sequence[Run], day: date, relationship: ScheduleRelationship, *, seed: int
) -> Iterator[TrueRun]:
    """One more run in each slot: `new`, or `duplicated` where it copies one that is over by then.

    A copy leaves long after its original has arrived, and is published only when the original no
    longer is: a trip is never published as running twice at once.
    """
    slots: dict[int, list[Run]] = {}
    for run in runs:
        slots.setdefault(run.start // _SLOTS[relationship], []).append(run)
    for slot, there in sorted(slots.items()):
        run = there[number(seed, day, "extra", slot) % len(there)]
        copied = run if relationship == "duplicated" else None
        start = run.start + 240 if copied is None else run.end + _AFTER
        trip_id = f"{'BIS' if relationship == 'duplicated' else 'SUP'}-{run.trip_id}-{day:%Y%m%d}"
        notice = 2 * HOUR if copied is None else _AFTER - _PUBLISHED_AFTER
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
    way: Pattern,
    start: int,
    day: date,
    *,
    relationship: ScheduleRelationship,
    seed: int,
    copied: Run | None = None,
    notice: int,
) -> TrueRun:
    planned = Times(way.arrivals, way.departures).later(start)
    rng = dice(seed, day, trip_id, "drive")
    driven = drive(way.line, way.direction, planned, day, rng=rng, seed=seed)
    return TrueRun(
        trip_id=trip_id,
        day=day,
        pattern=way,
        relationship=relationship,
        planned=planned,
        driven=driven,
        copied=copied,
        headsign=way.headsign,
        notice=notice,
        foresight=notice,
        vehicle=trip_id,
        label=label_of(trip_id, seed),
    )

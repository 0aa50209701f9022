"""One run of the timetable as it actually happens on one day, given its fate and the works."""

from collections.abc import Mapping, Sequence
from datetime import date
from random import Random

from demo.days.dice import draw_integer, seeded_random
from demo.days.drive import Times, drive
from demo.days.fates import KNOWN_EARLY, Fate
from demo.days.truth import LONG_NOTICE, USUAL_NOTICE, ScheduleRelationship, TrueRun
from demo.days.works import Works
from demo.network.model import Run

COACH_SLOWNESS = 1.5
"""A coach takes this many times as long as the train it replaces."""
_OTHER_PLATFORM = 0.12
"""Share of runs that change platform, for operators that publish platforms."""
_RELATIONSHIPS: Mapping[Fate, ScheduleRelationship] = {
    "cancelled": "cancelled",
    "deleted": "deleted",
    "replaced": "replacement",
}


def actual_run(
    run: Run,
    fate: Fate,
    day: date,
    works: Works | None,
    platforms: Mapping[str, Sequence[str]],
    *,
    seed: int,
) -> TrueRun:
    """The run as it actually happens.

    `platforms`: by platform, those of its station, if trains can change there; empty otherwise.
    """
    rng = seeded_random(seed, day, run.trip_id, "drive")
    closed = works.skipped(run) if works is not None else frozenset()
    foresight = LONG_NOTICE if fate in KNOWN_EARLY else USUAL_NOTICE
    notice = LONG_NOTICE if closed else foresight  # works are planned in advance
    relationship = _RELATIONSHIPS.get(fate, "scheduled")
    planned = planned_times(run)
    if relationship == "replacement":
        planned = planned.slower(COACH_SLOWNESS)
    elif relationship == "scheduled" and fate == "skips" and not closed:
        closed = _one_skipped(run, rng)
    return TrueRun(
        trip_id=run.trip_id,
        day=day,
        pattern=run.pattern,
        relationship=relationship,
        planned=planned,
        driven=_driven(run, fate, planned, day, rng, seed),
        copied=run,
        headsign=run.headsign,
        skipped=closed if relationship == "scheduled" else frozenset(),
        platforms=_platforms(run, platforms, day, seed) if relationship == "scheduled" else {},
        located=fate != "unlocated",
        notice=notice,
        foresight=foresight,
        vehicle=run.block or run.trip_id,
        label=label_of(run.block or run.trip_id, seed),
    )


def planned_times(run: Run) -> Times:
    """The times of a run in the timetable."""
    return Times(run.pattern.arrivals, run.pattern.departures).later(run.start)


def label_of(vehicle: str, seed: int) -> str:
    """The label of a vehicle: its number in the fleet."""
    return str(draw_integer(seed, "fleet", vehicle) % 9000 + 1000)


def _one_skipped(run: Run, rng: Random) -> frozenset[int]:
    count = len(run.pattern.stops)
    return frozenset({rng.randrange(1, count - 1)}) if count > 4 else frozenset()


def _driven(run: Run, fate: Fate, planned: Times, day: date, rng: Random, seed: int) -> Times:
    return drive(
        run.line,
        run.direction,
        planned,
        day,
        rng=rng,
        seed=seed,
        late=rng.randrange(360, 1500) if fate == "late" else 0,
        early=rng.randrange(60, 120) if fate == "early" else 0,
    )


def _platforms(
    run: Run, platforms: Mapping[str, Sequence[str]], day: date, seed: int
) -> Mapping[int, str]:
    """The changes of platform of a run: by position, the other platform of the same station."""
    rng = seeded_random(seed, day, run.trip_id, "platform")
    if not platforms or rng.random() >= _OTHER_PLATFORM:
        return {}
    for index, stop_id in enumerate(run.pattern.stops[:-1]):
        others = [other for other in platforms.get(stop_id, ()) if other != stop_id]
        if others:
            return {index: rng.choice(others)}
    return {}

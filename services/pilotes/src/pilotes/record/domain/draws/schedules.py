"""When the places of a trial have the arm, if that changes: the periods, and what is drawn.

Each person counts once, in the period that contains their complete observation. Who is observed
across a date is left out, in every place alike: which people that concerns depends on the calendar,
and not on the place that the draw gave the date.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.french.domain import days_later, local_span
from pilotes.record.domain.draws.designs import drawn_order, places_by_arm
from pilotes.record.domain.protocol import Protocol

FEWEST_WEDGE_PLACES: Final = 8
FEWEST_DATES: Final = 3
"""With fewer the places are divided over the dates in too few ways to say what chance can do."""
FEWEST_OF_A_DATE: Final = 2
"""Places that switch at one date: no period has a single place on an arm."""
MOST_DATES: Final = 12
MOST_CELLS: Final = 1_000
"""Places times periods, whose means are calculated for each division that is compared."""
FEWEST_PAIRS: Final = 8
"""Pairs of blocks, of all places together, below which chance alone explains too much."""

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which places have the arm when, as drawn."""

    edges: tuple[datetime, ...]
    """The instants that bound the periods, in order."""
    treated: Mapping[str, tuple[bool, ...]]
    """By code of a place, in the order of the protocol: whether it has the arm, in each period."""


def draw_schedule(salt: bytes, protocol: Protocol) -> Schedule:
    """The schedule of a trial whose places switch; the same salt gives the same one.

    Of a stepped wedge, each date gets its part of the places, the first ones those that remain, and
    every such division is equally probable. Of a switchback, each place has one of two orders in
    each pair of blocks, both equally probable.
    """
    if protocol.design.kind == "switchback":
        return _draw_blocks(salt, protocol)
    design = protocol.design
    order = drawn_order(salt, design.places)
    numbers = places_of_dates(len(order), len(design.switches))
    dates = [at for at, many in enumerate(numbers, start=1) for _ in range(many)]
    drawn = dict(zip(order, dates, strict=bool(numbers)))
    periods = range(len(design.switches) + 1)
    return Schedule(
        edges_of(protocol),
        {
            each.code: tuple(at >= drawn[each.code] for at in periods)
            for each in design.places
            if each.code in drawn
        },
    )


def _draw_blocks(salt: bytes, protocol: Protocol) -> Schedule:
    edges = edges_of(protocol)

    def arm_is_first(code: str, pair: int) -> bool:
        # Of each pair alone: a trial that is prolonged keeps those before.
        return bool(hmac.digest(salt, f"blocks:{code}:{pair}".encode(), "sha256")[0] & 1)

    return Schedule(
        edges,
        {
            each.code: tuple(
                arm_is_first(each.code, at // 2) == (at % 2 == 0) for at in range(len(edges) - 1)
            )
            for each in protocol.design.places
        },
    )


def edges_of(protocol: Protocol) -> tuple[datetime, ...]:
    """The instants that bound the periods, in order. Blocks begin at the same time of day on French
    clocks, and go on to the end of the trial: one that is prolonged completes the last pair."""
    start, end, design = protocol.starts_at, protocol.ends_at, protocol.design
    if design.kind != "switchback":
        return (start, *design.switches, end)
    days = design.block_days
    pairs = max(0, -(-local_span(start, end) // timedelta(days=2 * days))) if days else 0
    return tuple(days_later(start, at * days) for at in range(2 * pairs + 1))


def pairs_of_blocks(protocol: Protocol) -> int:
    """The complete pairs of blocks of a switchback, from its start to its end."""
    days = protocol.design.block_days
    if days < 1:
        return 0
    return max(0, local_span(protocol.starts_at, protocol.ends_at) // timedelta(days=2 * days))


def share_that_counts(protocol: Protocol) -> float:
    """The share of the duration of a trial in which the observation of a person who counts can
    begin; so their share of the people, if enrolments are even. Of blocks, in complete pairs."""
    design, duration = protocol.design, local_span(protocol.starts_at, protocol.ends_at)
    if design.kind == "switchback":
        lengths = [timedelta(days=design.block_days)] * (2 * pairs_of_blocks(protocol))
    else:
        lengths = [local_span(*each) for each in pairwise(edges_of(protocol))]
    observed, washout = timedelta(protocol.longest_days), timedelta(hours=design.washout_hours)
    begins = (
        max(timedelta(), length - observed - (washout if number else timedelta()))
        for number, length in enumerate(lengths)
    )
    return min(1.0, sum(begins, timedelta()) / duration) if duration > timedelta() else 0.0


def places_of_dates(places: int, dates: int) -> Sequence[int]:
    """How many places switch at each date."""
    return tuple(places_by_arm({str(at): 1 for at in range(dates)}, places).values())


def fewest_wedge_places(dates: int) -> int:
    """The places that a stepped wedge with so many dates needs."""
    return max(FEWEST_WEDGE_PLACES, FEWEST_OF_A_DATE * dates)


def period_of(first_exposure: Integers, edges: Sequence[datetime], protocol: Protocol) -> Integers:
    """For each person the position of the period that contains their complete observation; -1: none
    does. `first_exposure`: in POSIX seconds. `edges`: of the schedule."""
    bounds = np.array([each.timestamp() for each in edges])
    period = np.searchsorted(bounds, first_exposure, side="right") - 1
    at = np.clip(period, 0, len(bounds) - 2)
    begins = bounds[at] + np.where(at > 0, protocol.design.washout_hours * 3_600, 0)
    last = first_exposure + protocol.longest_days * 86_400
    inside = (first_exposure >= begins) & (last <= bounds[at + 1])
    return np.where(inside, at, -1)

"""When the places of a stepped wedge switch to the arm, and the periods between the dates.

Each person counts once, in the period that contains their complete observation. Who is observed
across a date is left out, in every place alike: which people that concerns depends on the calendar,
and not on the place that the draw gave the date.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.french.domain import format_day
from pilotes.record.domain.designs import drawn_order, places_by_arm
from pilotes.record.domain.protocol import Protocol

FEWEST_WEDGE_PLACES: Final = 8
FEWEST_DATES: Final = 3
"""With fewer the places are divided over the dates in too few ways to say what chance can do."""
FEWEST_OF_A_DATE: Final = 2
"""Places that switch at one date: no period has a single place on an arm."""
MOST_DATES: Final = 12
MOST_CELLS: Final = 1_000
"""Places times periods, whose means are calculated for each division that is compared."""
_RECRUITING: Final = timedelta(days=1)
"""The least time of a period in which an observation can begin."""

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which places switch when, as drawn."""

    edges: tuple[datetime, ...]
    """The instants that bound the periods: the start of the trial, the dates, its end."""
    switch: Mapping[str, int]
    """By code of a place, in the order of the protocol: the position of the first period in which
    it has the arm, from 1 up."""


def draw_schedule(salt: bytes, protocol: Protocol) -> Schedule:
    """The schedule of a stepped wedge. Each date gets its part of the places, the first ones those
    that remain; every such division is equally probable, and the same salt gives the same one."""
    design = protocol.design
    order = drawn_order(salt, design.places)
    numbers = places_of_dates(len(order), len(design.switches))
    dates = [at for at, many in enumerate(numbers, start=1) for _ in range(many)]
    drawn = dict(zip(order, dates, strict=bool(numbers)))
    return Schedule(
        (protocol.starts_at, *design.switches, protocol.ends_at),
        {each.code: drawn[each.code] for each in design.places if each.code in drawn},
    )


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


def mistakes_of_schedule(protocol: Protocol) -> Iterator[str]:
    """The mistakes of the dates of a design, in French."""
    design = protocol.design
    if not design.scheduled:
        if design.switches or design.washout_hours:
            yield (
                "des dates de bascule (design.switches, design.washout_hours) ne valent que pour un"
                " essai en escalier (stepped_wedge)"
            )
        return
    yield from _of_arms(protocol)
    yield from _of_dates(protocol)
    dates, places = len(design.switches), len(design.places)
    fewest = fewest_wedge_places(dates)
    if places < fewest:
        yield (
            f"{places} lieux pour un essai en escalier : il en faut au moins {fewest}, dont"
            f" {FEWEST_OF_A_DATE} à chaque date"
        )
    if places * (dates + 1) > MOST_CELLS:
        yield f"{places} lieux et {dates} dates : c'est plus que {MOST_CELLS} lieux fois périodes"


def _of_arms(protocol: Protocol) -> Iterator[str]:
    if len(protocol.arms) != 2 or len({arm.weight for arm in protocol.arms}) > 1:
        yield (
            "un essai en escalier a deux bras du même poids : chaque lieu passe de l'un à l'autre"
        )
    for each in protocol.indicators:
        if each.role == "guardrail":
            yield (
                f"indicateur {each.id} : un essai en escalier n'a pas de garde-fou. Lu chaque jour,"
                " il prendrait pour un effet ce qui change avec la saison ; les signalements graves"
                " mettent toujours l'essai en pause"
            )


def _of_dates(protocol: Protocol) -> Iterator[str]:
    switches, hours = protocol.design.switches, protocol.design.washout_hours
    if not FEWEST_DATES <= len(switches) <= MOST_DATES:
        yield (
            f"dates de bascule (switches) : {len(switches)}, il en faut de {FEWEST_DATES} à"
            f" {MOST_DATES}"
        )
    for at, times in Counter(switches).items():
        if times > 1:
            yield f"la date de bascule du {format_day(at)} est écrite deux fois"
    edges = (protocol.starts_at, *switches, protocol.ends_at)
    if any(later < former for former, later in pairwise(edges)):
        yield "les dates de bascule (switches) se suivent, entre le début et la fin de l'essai"
        return
    least = timedelta(days=protocol.longest_days) + _RECRUITING
    for number, (former, later) in enumerate(pairwise(edges)):
        washout = timedelta(hours=hours if number else 0)
        if later - former < least + washout:
            after = f", après {hours} heures qui ne comptent pas" if washout else ""
            yield (
                f"la période qui commence le {format_day(former)} est trop courte : il y faut les"
                f" {protocol.longest_days} jours où une personne est suivie, et un jour"
                f" d'inscriptions{after}"
            )

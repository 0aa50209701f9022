"""Two journeys as one, by way of the place where the first ends."""

from dataclasses import replace
from typing import Final

from mobilite.journeys.domain.journey import POINT, Journey, RideLeg

FIRST_VIA: Final = POINT - 1
"""Stands for the first place on the way where that is no stop; the next ones count down."""


def joined(one: Journey, other: Journey, via: int) -> Journey:
    """Both journeys. `via`: the index of the place between them, among the places on the way.
    Whoever stays in the vehicle there rides one leg."""
    last, first = one.legs[-1], other.legs[0]
    if isinstance(last, RideLeg) and isinstance(first, RideLeg) and _stays(last, first):
        return Journey((*one.legs[:-1], _one_ride(last, first), *other.legs[1:]))
    place = FIRST_VIA - via
    if last.to_stop == POINT:
        last = replace(last, to_stop=first.from_stop if isinstance(first, RideLeg) else place)
    if first.from_stop == POINT:
        first = replace(first, from_stop=last.to_stop if isinstance(last, RideLeg) else place)
    return Journey((*one.legs[:-1], last, first, *other.legs[1:]))


def _stays(before: RideLeg, after: RideLeg) -> bool:
    return (before.feed, before.run, before.alight) == (after.feed, after.run, after.board)


def _one_ride(before: RideLeg, after: RideLeg) -> RideLeg:
    return replace(
        before,
        alight=after.alight,
        to_stop=after.to_stop,
        arrival=after.arrival,
        stays_on=after.stays_on,
    )

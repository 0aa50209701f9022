"""Journeys compared: what to leave out, and what a second search adds."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.domain.search import Query

WALK_STEP: Final = 100
"""Metres below which a shorter way on foot is no reason for another journey."""
LESS_WALKING: Final = 3
"""The second search allows this part of the metres."""

Search = Callable[[Query], tuple[Journey, ...]]


def best_of(journeys: Iterable[Journey]) -> tuple[Journey, ...]:
    """The journeys that no other beats in departure, arrival, rides and metres on foot; of equal
    ones the first. Latest departures first."""
    found: list[tuple[tuple[int, ...], Journey]] = []
    for journey in journeys:
        costs = _costs(journey)
        if any(_is_no_worse(other, costs) for other, _ in found):
            continue
        found = [each for each in found if not _is_no_worse(costs, each[0])]
        found.append((costs, journey))
    return tuple(journey for _, journey in sorted(found, key=lambda each: each[0]))


def with_less_walking(search: Search, query: Query) -> tuple[Journey, ...]:
    """The journeys of a query, and those of a search that allows a part of its metres on foot,
    where that walks less."""
    journeys = search(query)
    budget = query.walk_budget // LESS_WALKING
    if all(journey.walk <= budget for journey in journeys):
        return journeys
    shorter = replace(
        query,
        origin=query.origin.within(budget),
        destination=query.destination.within(budget),
        walk_budget=budget,
    )
    return best_of((*journeys, *search(shorter)))


def _costs(journey: Journey) -> tuple[int, ...]:
    walk = -(-journey.walk // WALK_STEP)
    return -journey.departure, journey.arrival, journey.rides, walk


def _is_no_worse(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(cost <= limit for cost, limit in zip(one, other, strict=True))

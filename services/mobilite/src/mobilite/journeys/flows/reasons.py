"""Why to choose a journey among others: what it is the best in."""

from collections.abc import Callable, Sequence
from typing import Final, Literal

from mobilite.journeys.domain.journey import Journey

Reason = Literal[
    "earliest_arrival",
    "latest_departure",
    "shortest",
    "fewest_transfers",
    "least_walk",
    "least_co2e",
]
_MEASURES: Final[dict[Reason, Callable[[Journey], int]]] = {
    "earliest_arrival": lambda journey: journey.arrival,
    "latest_departure": lambda journey: -journey.departure,
    "shortest": lambda journey: journey.arrival - journey.departure,
    "fewest_transfers": lambda journey: max(0, journey.rides - 1),
    "least_walk": lambda journey: journey.walk,
}
"""What is least, by reason."""


def reasons_of(
    journeys: Sequence[Journey], least_co2e: Sequence[int], *, arrive_by: bool
) -> list[list[Reason]]:
    """The reasons for each journey: where it is the best, and not all are equal. `least_co2e`: the
    positions of those that emit the least. Who wants to arrive by an instant gains by leaving
    late, anyone else by arriving early."""
    reasons: list[list[Reason]] = [[] for _ in journeys]
    for reason, measure in _MEASURES.items():
        if reason == ("earliest_arrival" if arrive_by else "latest_departure"):
            continue
        values = [measure(journey) for journey in journeys]
        if len(set(values)) > 1:
            for each, value in zip(reasons, values, strict=True):
                if value == min(values):
                    each.append(reason)
    if len(least_co2e) < len(journeys):
        for position in least_co2e:
            reasons[position].append("least_co2e")
    return reasons

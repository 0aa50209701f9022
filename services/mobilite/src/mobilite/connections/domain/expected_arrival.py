"""When a journey arrives on average, and the order that this gives the journeys of a page.

With a tight connection it is

    probability × its arrival + (1 − probability) × the arrival by the next journey

A journey with a tight connection comes after each that leaves no earlier and arrives, on average,
no later: who waits for that one loses nothing. All others stay by departure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

NONE_LATER: Final = 24 * 3600
"""Seconds lost where there is no later journey: searches look that far."""


@dataclass(frozen=True, slots=True)
class RankedJourney:
    """What decides the place of a journey. Times are POSIX seconds."""

    departure: int
    expected: float | None
    """The arrival on average; None if it is unknown."""
    tight: bool
    """Whether a connection is tight."""


def expected_arrival(arrival: int, missed: Iterable[tuple[float, int | None]]) -> float:
    """The arrival on average, POSIX seconds. `arrival`: with every connection. `missed`: of each
    tight connection in order, the probability that it is caught, and the arrival if it is not
    (None: there is no later journey)."""
    reached, expected = 1.0, 0.0
    for probability, later in missed:
        loss = arrival + NONE_LATER if later is None else later
        expected += reached * (1 - probability) * loss
        reached *= probability
    return expected + reached * arrival


def order_journeys(journeys: Sequence[RankedJourney]) -> tuple[list[int], frozenset[int]]:
    """The journeys (by index) in order, and those that come before a tight one which leaves no
    later. `journeys`: by departure."""
    order, safer = [*range(len(journeys))], set[int]()
    for place, journey in reversed([*enumerate(journeys)]):
        if not journey.tight or journey.expected is None:
            continue
        better = [
            other
            for other, each in enumerate(journeys)
            if other != place
            and each.expected is not None
            and each.departure >= journey.departure
            and each.expected <= journey.expected
        ]
        now = order.index(place)
        after = [order.index(other) for other in better if order.index(other) > now]
        if after:
            safer.update(order[each] for each in after)
            order.insert(max(after), order.pop(now))
    return order, frozenset(safer)

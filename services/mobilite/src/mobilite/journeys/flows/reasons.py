"""Why a journey has its place among others: what it is the best in, and what of it is at risk."""

from collections.abc import Callable, Sequence
from typing import Final, Literal

from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.flows.page_connections import ConnectedPage
from mobilite.journeys.flows.preferences import Preferences

Reason = Literal[
    "earliest_arrival",
    "latest_departure",
    "shortest",
    "fewest_transfers",
    "least_walk",
    "least_co2e",
    "preferred",
    "safer_connections",
    "tight_connection",
]
_MINUTE: Final = 60
_KILOMETRE: Final = 1000


def _displayed_walk(metres: int) -> int:
    """Metres as displays round them: to 10, and to 100 from a kilometre on."""
    unit = 10 if metres < _KILOMETRE else 100
    return round(metres / unit) * unit


_MEASURES: Final[dict[Reason, Callable[[Journey], int]]] = {
    "earliest_arrival": lambda journey: journey.arrival // _MINUTE,
    "latest_departure": lambda journey: -(journey.departure // _MINUTE),
    "shortest": lambda journey: journey.arrival // _MINUTE - journey.departure // _MINUTE,
    "fewest_transfers": lambda journey: max(0, journey.rides - 1),
    "least_walk": lambda journey: _displayed_walk(journey.walk),
}
"""What is least, by reason, as people read it: in minutes and rounded metres. A difference that no
display has would look like a mistake."""


def reasons_of(connected: ConnectedPage, least_co2e: Sequence[int]) -> list[list[Reason]]:
    """The reasons for each journey: where it is the best, and not all are equal; whether it rides
    as the traveller prefers; then what its connections decide. `least_co2e`: the positions of those
    that emit the least. Who wants to arrive by an instant gains by leaving late, anyone else by
    arriving early."""
    journeys, arrive_by = connected.page.journeys, connected.page.request.arrive_by
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
    preferences = Preferences(connected.page.planning, connected.page.request.wishes)
    for position, journey in enumerate(journeys):
        if preferences.is_met(journey):
            reasons[position].append("preferred")
    for position, connections in enumerate(connected.connections):
        if position in connected.safer:
            reasons[position].append("safer_connections")
        if any(each.connection.tight for each in connections.values()):
            reasons[position].append("tight_connection")
    return reasons

"""Where to give a rented vehicle back whose station has no free place."""

from datetime import datetime
from typing import NamedTuple

from mobilite.journeys.domain.journey import Rental, Spot, spot_of
from mobilite.journeys.flows.bicycle_ways import HANDOVER, LONGEST, cycle_seconds, way_metres
from mobilite.rental.flows.live_docks import live_docks
from mobilite.rental.flows.live_rentals import RentalState


class ReturnStation(NamedTuple):
    """Another station of the system, with a free place."""

    station: Spot
    seconds: int
    """By the vehicle from the planned one, and to give it back."""


def nearest_return(rentals: RentalState, rental: Rental, *, now: datetime) -> ReturnStation | None:
    """The station nearest to that where a vehicle was to be given back; None if there is none
    within reach."""
    planned = rental.given_back
    others = [
        (way_metres(planned.point, dock.point), dock.id, dock)
        for dock in live_docks(rentals, planned.mode, now=now)
        if dock.places and dock.feed_id == planned.feed_id and dock.id != planned.id
    ]
    if not others:
        return None
    metres, _, dock = min(others)
    if metres > LONGEST:
        return None
    return ReturnStation(spot_of(dock), cycle_seconds(metres) + HANDOVER)

"""The state that SIRI is written from."""

from typing import Protocol

from mobilite.trips.ports import TripsState


class SiriState(TripsState, Protocol):
    """Runs, the alerts that affect them, and the vehicles that serve them."""

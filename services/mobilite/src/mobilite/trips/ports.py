"""What one run of a trip reads of the replica's state."""

from typing import Protocol

from mobilite.alerts.ports import AlertsState
from mobilite.vehicles.ports import VehiclesState


class TripsState(AlertsState, VehiclesState, Protocol):
    """The runs, the alerts that touch them, and the vehicles that serve them."""

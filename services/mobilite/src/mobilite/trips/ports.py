"""The state that trips are read from."""

from typing import Protocol

from mobilite.alerts.ports import AlertsState
from mobilite.vehicles.ports import VehiclesState


class TripsState(AlertsState, VehiclesState, Protocol):
    """Runs, the alerts that affect them, and the vehicles that serve them."""

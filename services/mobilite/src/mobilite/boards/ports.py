"""The state that boards are read from."""

from typing import Protocol

from mobilite.alerts.ports import AlertsState
from mobilite.vehicles.ports import VehiclesState


class BoardsState(AlertsState, VehiclesState, Protocol):
    """Departures, the alerts that affect them, and the vehicles that serve them."""

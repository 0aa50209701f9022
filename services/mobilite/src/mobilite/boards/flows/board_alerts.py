"""The alerts of a board: those of its stop and routes, and those of each departure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from mobilite.alerts.domain.alert import Alert
from mobilite.alerts.domain.alert_index import AlertIndex, Keys
from mobilite.alerts.flows.list_alerts import ListedAlert, listed
from mobilite.alerts.flows.visible_alerts import visible_alerts
from mobilite.alerts.ports import AlertsState
from mobilite.boards.domain.departures import DAYS_AHEAD, Departure
from mobilite.boards.flows.show_departures import Board
from mobilite.gtfs.domain.ids import GlobalId

_DAY = 86_400


class DepartureAlerts(NamedTuple):
    """The ids of the alerts of one departure."""

    ids: tuple[GlobalId, ...] = ()
    specific: tuple[GlobalId, ...] = ()
    """Those that select its route or run, not only its stop, its mode, its agency or the entire
    network."""


@dataclass(frozen=True, slots=True)
class BoardAlerts:
    """The alerts of one board."""

    alerts: tuple[ListedAlert, ...]
    """Those active at some time in the days that the board looks ahead, most severe first."""
    by_departure: tuple[DepartureAlerts, ...]
    """In the order of the departures."""


def board_alerts(state: AlertsState, board: Board) -> BoardAlerts:
    """The alerts of a board. A departure has those that are active when it leaves."""
    index = state.alert_index(board.found.feed.feed_id)
    if not index.alerts:
        return BoardAlerts((), tuple(DepartureAlerts() for _ in board.departures))
    affecting = [_keys(index, departure) for departure in board.departures]
    keys = index.of_stops(board.found.boarding_stops()).union(*affecting)
    until = board.at + DAYS_AHEAD * _DAY
    alerts = {
        alert.key: alert
        for alert in visible_alerts(index, keys, board.generated_at)
        if alert.affects(board.at, until)
    }
    # Most alerts are active all the time: skip the per-departure check for them.
    always_active = {
        key for key, alert in alerts.items() if alert.affects_throughout(board.at, until)
    }

    def ids(keys: Keys, departure: Departure) -> Iterable[GlobalId]:
        return (
            alert.id
            for key, alert in alerts.items()
            if key in keys and (key in always_active or _affected(alert, departure))
        )

    return BoardAlerts(
        tuple(listed(state, alert) for alert in alerts.values()),
        tuple(
            DepartureAlerts(
                tuple(ids(keys, departure)),
                tuple(ids(keys & _keys(index.specific, departure), departure)) if keys else (),
            )
            for keys, departure in zip(affecting, board.departures, strict=True)
        ),
    )


def _keys(index: AlertIndex, departure: Departure) -> Keys:
    """The alerts at the platform served and at the scheduled one."""
    stops = {departure.stop, departure.scheduled_stop}
    found = [index.of_call(departure.trip, departure.day, stop) for stop in stops]
    return found[0].union(*found[1:])


def _affected(alert: Alert, departure: Departure) -> bool:
    """Whether the alert is active at the scheduled or at the predicted time, or between them."""
    leaves = departure.place[0]
    start, end = min(departure.scheduled, leaves), max(departure.scheduled, leaves) + 1
    return alert.affects(start, end)

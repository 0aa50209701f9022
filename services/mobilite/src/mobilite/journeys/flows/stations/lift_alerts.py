"""Lifts that alerts report out of order: effect ACCESSIBILITY_ISSUE, about a part of a station.

While such an alert is active nothing promises a way by these lifts. An alert about a place where
lifts start or end is about these; one about anything else of a station, be it one of its
platforms, is about all lifts of the station: it does not state which one serves the platform.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mobilite.alerts.domain.alert import Alert
from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.gtfs.domain.ids import FeedId
from mobilite.pathways.domain.station_graph import FeedPathways, station_of
from mobilite.timetable.domain.timetable import STATION, Timetable

_EFFECT: Final = "ACCESSIBILITY_ISSUE"


@dataclass(frozen=True, slots=True)
class LiftAlert:
    """An alert about lifts of one feed."""

    alert: Alert
    lifts: frozenset[int]
    """Rows of pathways.txt."""


LiftAlerts = Mapping[FeedId, tuple[LiftAlert, ...]]
"""By feed; a feed without any is left out."""


@dataclass(frozen=True, slots=True)
class LiftState:
    """What alerts report of lifts at an instant."""

    alerts: LiftAlerts
    doubted: Mapping[FeedId, frozenset[int]]
    """The lifts reported out of order."""
    until: int | None
    """POSIX seconds from which this is another; None without an end."""


def lift_alerts(pathways: FeedPathways, index: AlertIndex) -> tuple[LiftAlert, ...]:
    """The alerts of a feed about its lifts, active or not, by key."""
    if index.schedule is None or not any(graph.every_lift for graph in pathways.graphs):
        return ()
    timetable = index.schedule.timetable
    found = []
    for key, alert in sorted(index.alerts.items()):
        if alert.effect == _EFFECT:
            stops = (each.stop for each in index.targets(key) if not each.unknown)
            lifts = frozenset(
                lift
                for stop in stops
                if stop is not None
                for lift in _lifts(timetable, pathways, stop)
            )
            if lifts:
                found.append(LiftAlert(alert, lifts))
    return tuple(found)


def doubted(alerts: Iterable[LiftAlert], start: int, end: int) -> frozenset[int]:
    """The lifts of alerts that are active at some instant of [start, end), in POSIX seconds."""
    active = (each for each in alerts if each.alert.affects(start, end))
    return frozenset(lift for each in active for lift in each.lifts)


def changes_after(alerts: Iterable[LiftAlert], now: int) -> Iterator[int]:
    """The instants after `now` at which an alert starts or ends."""
    for each in alerts:
        for period in each.alert.effective:
            yield from (edge for edge in period if edge is not None and edge > now)


def _lifts(timetable: Timetable, pathways: FeedPathways, stop: int) -> frozenset[int]:
    """The lifts that an alert about a stop is about."""
    is_part = timetable.stop_kind[stop] not in (0, STATION)
    touching = _lifts_at(pathways, stop) if is_part else frozenset()
    return touching or _lifts_at(pathways, station_of(timetable, stop))


def _lifts_at(pathways: FeedPathways, place: int) -> frozenset[int]:
    """The lifts at a place, or of a station. One whose pathways are in several parts has lifts in
    each."""
    return frozenset(lift for graph in pathways.graphs for lift in graph.lifts.get(place, ()))

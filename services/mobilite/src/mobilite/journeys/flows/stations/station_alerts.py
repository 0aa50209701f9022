"""What alerts report of stations with pathways: lifts out of order, entrances that are closed.

Effect ACCESSIBILITY_ISSUE, about a part of a station: while such an alert is active nothing
promises a way by these lifts. An alert about a place where lifts start or end is about these; one
about anything else of a station, be it one of its platforms, is about all lifts of the station: it
does not state which one serves the platform.

Effect NO_SERVICE, about an entrance alone: nobody passes it while the alert is active.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mobilite.alerts.domain.alert import Alert
from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.flows.closed_stops import is_of_stop_alone
from mobilite.pathways.domain.station_graph import FeedPathways, station_of
from mobilite.timetable.domain.timetable import ENTRANCE, STATION, Timetable

_OUT_OF_ORDER: Final = "ACCESSIBILITY_ISSUE"
_CLOSED: Final = "NO_SERVICE"
_NONE: Final = frozenset[int]()


@dataclass(frozen=True, slots=True)
class StationAlert:
    """An alert about lifts or entrances of one feed."""

    alert: Alert
    lifts: frozenset[int] = _NONE
    """Rows of pathways.txt."""
    entrances: frozenset[int] = _NONE
    """Rows of stops.txt."""


StationAlerts = Mapping[FeedId, tuple[StationAlert, ...]]
"""By feed; a feed without any is left out."""


@dataclass(frozen=True, slots=True)
class Impaired:
    """What of the stations of one feed cannot be relied upon."""

    lifts: frozenset[int] = _NONE
    """The lifts reported out of order."""
    entrances: frozenset[int] = _NONE
    """The entrances that are closed."""


UNIMPAIRED: Final = Impaired()
ImpairedFeeds = Mapping[FeedId, Impaired]
"""A feed of which nothing is impaired is left out."""


@dataclass(frozen=True, slots=True)
class StationState:
    """What alerts report of stations at an instant."""

    alerts: StationAlerts
    impaired: ImpairedFeeds
    until: int | None
    """POSIX seconds from which this is another; None without an end."""


def station_alerts(pathways: FeedPathways, index: AlertIndex) -> tuple[StationAlert, ...]:
    """The alerts of a feed about its lifts and entrances, active or not, by key."""
    if index.schedule is None or not pathways.graphs:
        return ()
    timetable = index.schedule.timetable
    found = []
    for key, alert in sorted(index.alerts.items()):
        if alert.effect == _OUT_OF_ORDER:
            stops = (each.stop for each in index.targets(key) if not each.unknown)
            near = (_lifts(timetable, pathways, stop) for stop in stops if stop is not None)
            each = StationAlert(alert, lifts=frozenset(lift for lifts in near for lift in lifts))
        elif alert.effect == _CLOSED and not alert.ambiguous:
            alone = (each.stop for each in index.targets(key) if is_of_stop_alone(each))
            closed = (stop for stop in alone if stop is not None)
            is_entrance = timetable.stop_kind == ENTRANCE
            each = StationAlert(alert, entrances=frozenset(s for s in closed if is_entrance[s]))
        else:
            continue
        if each.lifts or each.entrances:
            found.append(each)
    return tuple(found)


def impaired(alerts: Iterable[StationAlert], start: int, end: int) -> Impaired:
    """What alerts impair that are active at some instant of [start, end), in POSIX seconds."""
    active = [each for each in alerts if each.alert.affects(start, end)]
    return Impaired(
        frozenset(lift for each in active for lift in each.lifts),
        frozenset(entrance for each in active for entrance in each.entrances),
    )


def impaired_feeds(alerts: StationAlerts, instant: int) -> ImpairedFeeds:
    """What is impaired at an instant (POSIX seconds), by feed."""
    found = {feed_id: impaired(each, instant, instant + 1) for feed_id, each in alerts.items()}
    return {feed_id: each for feed_id, each in found.items() if each != UNIMPAIRED}


def changes_after(alerts: Iterable[StationAlert], now: int) -> Iterator[int]:
    """The instants after `now` at which an alert starts or ends."""
    for each in alerts:
        for period in each.alert.effective:
            yield from (edge for edge in period if edge is not None and edge > now)


def _lifts(timetable: Timetable, pathways: FeedPathways, stop: int) -> frozenset[int]:
    """The lifts that an alert about a stop is about."""
    is_part = timetable.stop_kind[stop] not in (0, STATION)
    touching = _lifts_at(pathways, stop) if is_part else _NONE
    return touching or _lifts_at(pathways, station_of(timetable, stop))


def _lifts_at(pathways: FeedPathways, place: int) -> frozenset[int]:
    """The lifts at a place, or of a station. One whose pathways are in several parts has lifts in
    each."""
    return frozenset(lift for graph in pathways.graphs for lift in graph.lifts.get(place, ()))

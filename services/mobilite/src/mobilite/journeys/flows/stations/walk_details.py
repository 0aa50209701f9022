"""What readers need to know of a way on foot: its path, the stations it passes, their lifts."""

from dataclasses import dataclass

from mobilite.alerts.flows.list_alerts import ListedAlert, listed
from mobilite.gtfs.domain.enumerations import Access
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.domain.footpaths import WalkingPath
from mobilite.journeys.domain.journey import WalkLeg
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.ride_details import weakest_access
from mobilite.journeys.flows.stations.station_alerts import StationAlert, impaired
from mobilite.journeys.flows.stations.station_walking import (
    Degrees,
    StationPart,
    StationWalk,
    StationWalking,
    WalkEnd,
)
from mobilite.pathways.domain.station_paths import Traveller


@dataclass(frozen=True, slots=True)
class WalkDetails:
    """A way on foot with what is known of it."""

    path: WalkingPath | None
    """None if the place of an end is not known."""
    parts: tuple[StationPart, ...] = ()
    """Those in stations with pathways."""
    access: Access | None = None
    """Whether a wheelchair passes, at a change in the same time; None without pathways."""
    alerts: tuple[ListedAlert, ...] = ()
    """Those about lifts on the way, or on the way that would be the best without them, and about
    entrances of its stations, active meanwhile."""


def walk_details(
    planning: PlanningState,
    leg: WalkLeg,
    start: Degrees | None,
    end: Degrees | None,
    *,
    wheelchair: bool,
    speed: float,
) -> WalkDetails:
    """The details of a way. `start`, `end`: the places of its ends; `speed`: that of the
    traveller, in metres a second."""
    timetables = planning.timetables
    ends = WalkEnd(leg.from_stop, start), WalkEnd(leg.to_stop, end)
    walking = timetables.walking(wheelchair=wheelchair).anywhere.at_speed(speed)
    walk = walking.walk(*ends) if walking.describes(*ends) else None
    if walk is None:
        path = None if start is None or end is None else walking.path(start, end)
        unknown = any(walking.is_incomplete(each.stop) for each in ends)
        return WalkDetails(path, access="unknown" if unknown else None)
    by_wheelchair = timetables.by_wheelchair.anywhere.at_speed(speed)
    rolled = walk if wheelchair else by_wheelchair.walk(*ends)
    # At an end of the journey, one leaves earlier or arrives later.
    is_change = leg.from_stop >= 0 and leg.to_stop >= 0
    in_time = rolled is not None and (
        not is_change or wheelchair or rolled.seconds <= leg.arrival - leg.departure
    )
    access: Access = "no" if rolled is None else "unknown"
    if rolled is not None and in_time:
        access = _access(planning, leg, walking, rolled)
    alerts = _alerts(planning, leg, walking, walk, wheelchair=wheelchair)
    return WalkDetails(
        walk.path, walk.parts, access, tuple(listed(planning.live, each.alert) for each in alerts)
    )


def _access(
    planning: PlanningState, leg: WalkLeg, walking: StationWalking, walk: StationWalk
) -> Access:
    """Whether a wheelchair surely passes: not by a lift that an alert reports out of order."""
    parts: list[Access] = []
    for part in walk.parts:
        alerts = planning.timetables.stations.alerts.get(_feed_id(walking, part), ())
        out = impaired(alerts, leg.departure, leg.arrival + 1).lifts
        broken = any(each.row in out for each in part.station_path.pathways)
        parts.append("unknown" if broken else part.station_path.wheelchair)
    return weakest_access(parts)


def _alerts(
    planning: PlanningState,
    leg: WalkLeg,
    walking: StationWalking,
    walk: StationWalk,
    *,
    wheelchair: bool,
) -> list[StationAlert]:
    """The alerts about lifts of the way, and about those of the way that would be the best without
    them; and about entrances of its stations."""
    found: dict[str, StationAlert] = {}
    for part in walk.parts:
        feed, pathways = walking.stations.feeds[part.feed], part.station_path.pathways
        best = feed.station_path(Traveller(wheelchair), pathways[0].source, pathways[-1].target)
        lifts = {each.row for each in (*pathways, *(() if best is None else best.pathways))}
        for each in planning.timetables.stations.alerts.get(_feed_id(walking, part), ()):
            graph = feed.graph_at(pathways[0].source)
            closed = graph is not None and not each.entrances.isdisjoint(graph.entrances)
            concerns = closed or not each.lifts.isdisjoint(lifts)
            if concerns and each.alert.affects(leg.departure, leg.arrival + 1):
                found[each.alert.id] = each
    return [*found.values()]


def _feed_id(walking: StationWalking, part: StationPart) -> FeedId:
    return walking.stations.feeds[part.feed].timetable.feed_id

"""The lines and stops as LinesDelivery and StopPointsDelivery."""

from collections.abc import Iterable, Mapping

from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.flows.realtime_status import real_time
from mobilite.routes.flows.list_routes import FoundRoute
from mobilite.siri.api.references import line_ref, stop_ref
from mobilite.siri.api.tree import Element, text
from mobilite.siri.ports import SiriState
from mobilite.stops.flows.get_stop import FoundStop


def annotated_lines(
    routes: Iterable[FoundRoute], monitored: Mapping[FeedId, bool]
) -> list[Element]:
    """The AnnotatedLineRef elements. `monitored`: of each feed (`monitored_feeds`)."""
    return [
        {
            "LineRef": line_ref(timetable.feed_id, timetable.route_ids[each.route]),
            "LineName": text(timetable.route_name(each.route) or timetable.route_ids[each.route]),
            "Monitored": monitored[timetable.feed_id],
        }
        for each in routes
        for timetable in (each.schedule.timetable,)
    ]


def annotated_stops(stops: Iterable[FoundStop], monitored: Mapping[FeedId, bool]) -> list[Element]:
    """The AnnotatedStopPointRef elements. `monitored`: as of `annotated_lines`."""
    return [_stop(each, monitored) for each in stops]


def monitored_feeds(state: SiriState, now: int) -> Mapping[FeedId, bool]:
    """Whether each feed's trip updates are recent, at `now` (POSIX seconds)."""
    feeds = state.snapshot.feeds
    return {feed_id: real_time(state, feed_id, now=now).state == "live" for feed_id in feeds}


def _stop(found: FoundStop, monitored: Mapping[FeedId, bool]) -> Element:
    timetable, row = found.schedule.timetable, found.stop
    lat, lon = float(timetable.stop_lat[row]), float(timetable.stop_lon[row])
    station = found.schedule.listed_stop(row)
    return {
        "StopPointRef": stop_ref(timetable, row),
        "Monitored": monitored[timetable.feed_id],
        "StopName": text(timetable.stop_names[row]),
        "StopAreaRef": None if station == row else stop_ref(timetable, station),
        # A stop without a place has no number.
        "Location": {"Longitude": round(lon, 6), "Latitude": round(lat, 6)} if lat == lat else None,
    }

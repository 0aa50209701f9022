"""The lines of NETEX_RESEAU: networks, lines and the destinations displayed on their vehicles."""

from collections.abc import Iterator

import numpy as np

from mobilite.netex.adapters.feed_objects import FeedObjects, element
from mobilite.netex.domain.journey_patterns import text_digest
from mobilite.netex.domain.transport_modes import find_submode, transport_mode
from mobilite.timetable.domain.agencies import agency_id


def line_objects(feed: FeedObjects) -> Iterator[str]:
    """A Network for each agency with lines, the Lines and the DestinationDisplays."""
    timetable = feed.timetable
    # As in the merged GTFS, a route without a known agency is one of the first agency.
    owners = np.maximum(timetable.route_agency, 0)
    for agency in np.unique(owners).tolist():
        yield _network(feed, agency, np.flatnonzero(owners == agency).tolist())
    for route, owner in enumerate(owners.tolist()):
        yield _line(feed, route, agency_id(timetable, owner))
    for row in _headsigns(feed):
        text = timetable.text(row)
        yield (
            feed.start("DestinationDisplay", text_digest(text))
            + element("FrontText", text)
            + "</DestinationDisplay>"
        )


def _network(feed: FeedObjects, agency: int, routes: list[int]) -> str:
    timetable = feed.timetable
    local = agency_id(timetable, agency)
    lines = "".join(feed.ref("Line", timetable.route_ids[route]) for route in routes)
    return (
        feed.start("Network", local)
        + element("Name", timetable.agency_names[agency] or feed.feed.name)
        + feed.code(local)
        + f"<members>{lines}</members>"
        + feed.ref("Operator", local)
        + "</Network>"
    )


def _line(feed: FeedObjects, route: int, owner: str) -> str:
    timetable, local = feed.timetable, feed.timetable.route_ids[route]
    route_type = int(timetable.route_type[route])
    submode = find_submode(route_type)
    colours = element("Colour", timetable.route_color[route]) + element(
        "TextColour", timetable.route_text_color[route]
    )
    return (
        feed.start("Line", local)
        + element("Name", timetable.route_long[route] or timetable.route_short[route] or local)
        + element("ShortName", timetable.route_short[route])
        + element("TransportMode", transport_mode(route_type))
        + (
            f"<TransportSubmode>{element(*submode)}</TransportSubmode>"
            if submode is not None
            else ""
        )
        + element("PublicCode", timetable.route_short[route])
        + feed.code(local)
        + feed.ref("Operator", owner)
        + (f"<Presentation>{colours}</Presentation>" if colours else "")
        + "</Line>"
    )


def _headsigns(feed: FeedObjects) -> list[int]:
    """The texts (rows) displayed on vehicles, each once."""
    timetable = feed.timetable
    rows = np.union1d(timetable.trip_headsign, timetable.call_headsign)
    return [row for row in rows.tolist() if row >= 0 and timetable.text(row)]


def destination(feed: FeedObjects, row: int) -> str:
    """The reference to the DestinationDisplay of a text (a row); "" if there is none."""
    text = feed.timetable.text(row)
    return feed.ref("DestinationDisplay", text_digest(text)) if text else ""

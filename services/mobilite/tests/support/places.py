"""Stops and communes as grouping and search take them, and a region of four networks."""

from cities import LINE

from mobilite.addresses.domain.communes import Commune
from mobilite.gtfs.domain.ids import FeedId, GlobalId
from mobilite.gtfs.domain.route_types import Mode
from mobilite.places.domain.feed_stops import ListedStop
from mobilite.text_search.domain.search_words import search_words

METRE = 1 / 111_195
"""Degrees of latitude."""


def listed(
    stop_id: str,
    name: str,
    *,
    north: float = 0.0,
    east: float = 0.0,
    modes: tuple[Mode, ...] = ("bus",),
    station: bool = False,
    departures: int = 10,
) -> ListedStop:
    """A stop, so many metres north and east of a point on the equator, where degrees are equal."""
    return ListedStop(
        id=GlobalId(stop_id),
        feed_id=FeedId(stop_id.partition(":")[0]),
        name=name,
        words=search_words(name),
        other_words=(),
        lat=north * METRE,
        lon=east * METRE,
        station=station,
        departures=departures,
        modes=modes,
    )


def _network(route_type: int, *stops: tuple[str, str, float, float]) -> dict[str, str]:
    """A feed with one daily trip along the stops, ten minutes between two, from 08:00 on."""
    rows = [f"{stop_id},{name},{lat},{lon}\n" for stop_id, name, lat, lon in stops]
    times = [
        f"t,08:{10 * at:02}:00,08:{10 * at:02}:00,{stop_id},{at + 1}\n"
        for at, (stop_id, *_) in enumerate(stops)
    ]
    return {
        **LINE,
        "routes.txt": LINE["routes.txt"].replace(",3\n", f",{route_type}\n"),
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(rows),
        "stop_times.txt": LINE["stop_times.txt"].splitlines(keepends=True)[0] + "".join(times),
        "trips.txt": LINE["trips.txt"].replace(",Lac", ",Terminus"),
    }


REGION = {
    "sncf": _network(
        2,
        ("orl", "Orléans", 47.9080, 1.9046),
        ("aub", "Les Aubrais-Orléans", 47.9270, 1.9071),
        ("blo", "Blois-Chambord", 47.5857, 1.3239),
    ),
    "tao": _network(
        0,
        ("gare", "Gare d'Orléans", 47.9077, 1.9043),
        ("gaulle", "De Gaulle", 47.9020, 1.9010),
        ("hop", "Hôpital de La Source", 47.8360, 1.9210),
    ),
    "remi": _network(
        200,
        ("gr", "Orléans – Gare routière", 47.9085, 1.9052),
        ("mairie", "Mairie", 47.7825, 1.6240),
        ("blois", "Blois – Gare routière", 47.5861, 1.3235),
    ),
    "azalys": _network(
        3,
        ("gare", "Gare de Blois", 47.5855, 1.3244),
        ("mairie", "Mairie", 47.5880, 1.3330),
        ("sl", "St-Laurent", 47.5950, 1.3400),
    ),
}
"""Trains, trams, coaches and buses of two towns, with stations that are hubs."""

COMMUNES = (
    Commune("45234", "Orléans", ("45000", "45100"), 47.9020, 1.9090),
    Commune("41018", "Blois", ("41000",), 47.5870, 1.3330),
    Commune("45028", "Beaugency", ("45190",), 47.7790, 1.6280),
    Commune("45146", "La Ferté-Saint-Aubin", ("45240",), 47.7165, 1.9385),
)

"""A station of three platforms and two entrances, whose pathways tests write, and a bus stop in
front of each entrance."""

from collections.abc import Mapping, Sequence

from cities import AGENCY, DAILY, timetable_from_text
from valley import BUS, TRAIN, Valley

from mobilite.journeys.domain.footpaths import WalkingRules, build_footpaths
from mobilite.journeys.domain.network import join_feeds
from mobilite.journeys.flows.stations.station_alerts import UNIMPAIRED, Impaired
from mobilite.journeys.flows.stations.station_pathways import FeedStations, NetworkStations
from mobilite.timetable.domain.timetable import Timetable

STOPS = """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,stop_access,wheelchair_boarding
gare,Gare,47.9000,1.9000,1,,,
q1,Gare,47.9010,1.9000,0,gare,,
q2,Gare,47.9011,1.9000,0,gare,,
q3,Gare,47.9012,1.9000,0,gare,,
q3-a,Gare,47.9012,1.9000,4,q3,,
est,Entrée est,47.9010,1.9020,2,gare,,
ouest,Entrée ouest,47.9010,1.8980,2,gare,,
hall,Hall,47.9009,1.9001,3,gare,,
pont,Pont,47.9011,1.9002,3,gare,,
bus-est,Rue de l'Est,47.9010,1.9022,0,,,
bus-ouest,Rue de l'Ouest,47.9010,1.8978,0,,,
"""
PATHWAY_COLUMNS = (
    "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time,length,"
    "stair_count,max_slope,min_width,signposted_as,reversed_signposted_as"
)
SERVED = ("q1", "q2", "q3", "bus-est", "bus-ouest")


def station(
    pathways: Sequence[str], *, stops: str = STOPS, transfers: Sequence[str] = ()
) -> dict[str, str]:
    """The feed, with these rows of pathways.txt and of transfers.txt. Rows of pathways can leave
    out what they do not give at the end."""
    rows = [row + "," * (PATHWAY_COLUMNS.count(",") - row.count(",")) for row in pathways]
    calls = "".join(
        f"t,08:{minute:02}:00,08:{minute:02}:00,{stop},{minute}\n"
        for minute, stop in enumerate(SERVED, 1)
    )
    return {
        "agency.txt": AGENCY,
        "stops.txt": stops,
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,a,1,3\n",
        "trips.txt": "route_id,service_id,trip_id\nr,daily,t\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + calls,
        "calendar.txt": DAILY,
        "pathways.txt": "\n".join([PATHWAY_COLUMNS, *rows]) + "\n",
        "transfers.txt": "\n".join(
            ["from_stop_id,to_stop_id,transfer_type,min_transfer_time", *transfers]
        )
        + "\n",
    }


def station_timetable(pathways: Sequence[str], stops: str = STOPS) -> Timetable:
    """The packed feed."""
    return timetable_from_text(station(pathways, stops=stops))


def changes(
    files: Mapping[str, str],
    *,
    longest: int = 0,
    wheelchair: bool = False,
    impaired: Impaired = UNIMPAIRED,
) -> dict[tuple[str, str], tuple[int, int]]:
    """Seconds and metres of each way between two different stops, by their ids."""
    timetable = timetable_from_text(files)
    network = join_feeds([timetable])
    stations = NetworkStations(
        network,
        [FeedStations(timetable)],
        {timetable.feed_id: impaired},
        wheelchair=wheelchair,
    )
    paths = build_footpaths(network, WalkingRules(longest=longest), None, stations.inside)
    ids, found = timetable.stop_ids, {}
    for source in range(paths.stops):
        for way in range(int(paths.first[source]), int(paths.first[source + 1])):
            target = int(paths.target[way])
            if target != source:
                times = int(paths.seconds[way]), int(paths.metres[way])
                found[ids[source], ids[target]] = times
    return found


STAIRS = "escalier,ville-2,haut,2,1,40,,24,,,Sortie,Voie 2"
LIFT = "ascenseur,ville-2,haut,5,1,90,,,,,Sortie,Voie 2"
HALL = "couloir,haut,nord,1,1,40,50,,,,,"
SOUTH = "sous-sol,haut,sud,1,1,90,80,,,,,"
RAMP = "rampe,ville-2,haut,1,1,300,120,,0.05,,,"
"""Ways from the platform of the valley's town up to the street."""


def valley_below_ground(*pathways: str) -> Valley:
    """The valley whose town has a station below the street, with these pathways."""
    stops = TRAIN["stops.txt"] + (
        "nord,Parvis nord,47.9002,1.9002,2,ville,,\n"
        "sud,Parvis sud,47.9004,1.9002,2,ville,,\n"
        "haut,,47.90015,1.90015,3,ville,,\n"
    )
    text = "\n".join([PATHWAY_COLUMNS, *pathways]) + "\n"
    train = {**TRAIN, "stops.txt": stops, "pathways.txt": text}
    return Valley(files={"train": train, "bus": BUS})


def lift_alert(about: str, *, start: int = 0, end: int = 0) -> str:
    """An alert that a lift is out of order, about a stop, active between instants (POSIX seconds)
    if they are given."""
    return _alert("ACCESSIBILITY_ISSUE", about, start, end)


def closing_alert(about: str, *, start: int = 0, end: int = 0) -> str:
    """An alert that closes a stop, or an entrance."""
    return _alert("NO_SERVICE", about, start, end)


def _alert(effect: str, about: str, start: int, end: int) -> str:
    bounds = [f"{name}: {each}" for name, each in (("start", start), ("end", end)) if each]
    period = f"active_period {{ {' '.join(bounds)} }}" if bounds else ""
    return (
        f'entity {{ id: "l" alert {{ effect: {effect} '
        f'{period} informed_entity {{ stop_id: "{about}" }} }} }}'
    )

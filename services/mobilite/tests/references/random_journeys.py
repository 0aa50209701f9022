"""Random small networks for journeys.

They have a station of two platforms, runs that overtake, loops, pick-up and drop-off rules, trips
past midnight and transfers of every type.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from random_cities import DAYS, WEEKDAYS, clock, lines, trip_updates
from random_detours import detours

STOPS = ("a", "b", "c", "d", "e", "f")
STOPS_TXT = """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
gare,Gare,47.9,1.9,1,
a,Gare A,47.9,1.9,0,gare
b,Gare B,47.9,1.9012,0,gare
c,Parc,47.902,1.902,0,
d,Lac,47.93,1.9,0,
e,Port,47.931,1.901,0,
f,Bois,47.95,1.95,0,
"""
ZONES = ("Europe/Paris", "Australia/Lord_Howe")


@dataclass(frozen=True)
class JourneyCase:
    """A network, a message of its real time, and a question."""

    files: dict[str, str]
    message: str
    now: datetime
    at: int
    """POSIX seconds."""
    longest: int
    """Metres on foot."""
    origin: dict[str, int]
    """Seconds to each stop near it."""
    destination: dict[str, int]


@st.composite
def calls(draw: st.DrawFn, trip: str, stops: list[str], start: int) -> list[str]:
    time, rows = start, []
    for sequence, stop in enumerate(stops, 1):
        leaves = time + draw(st.sampled_from([0, 0, 0, 60, 240]))
        rules = draw(st.sampled_from(["0,0"] * 6 + ["1,0", "0,1", "1,1", "2,3"]))
        rows.append(f"{trip},{clock(time)},{clock(leaves)},{stop},{sequence},{rules}")
        time = leaves + draw(st.sampled_from([0, 60, 300, 300, 600, 900]))
    return rows


@st.composite
def networks(draw: st.DrawFn) -> tuple[dict[str, str], list[str]]:
    """GTFS files and the ids of their trips; the trips of a line share its stops."""
    rows, trips, names = [], [], []
    for line in range(draw(st.integers(1, 4))):
        stops = draw(st.lists(st.sampled_from(STOPS), min_size=2, max_size=5))
        start = draw(st.sampled_from([7, 8, 8, 8, 23, 24, 31])) * 3600
        for number in range(draw(st.integers(1, 4))):
            trip = f"t{line}{number}"
            start += draw(st.sampled_from([0, 60, 240, 600, 1200]))
            rows += draw(calls(trip, stops, start))
            service = draw(st.sampled_from(["daily"] * 4 + ["monday", "weekend"]))
            trips.append(f"{trip},r{line % 2},{service}")
            names.append(trip)
    ends = st.sampled_from([*STOPS, "gare"])
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=4, unique=True))
    types = st.sampled_from(["0,", "1,", "2,120", "2,600", "3,"])
    frequent = draw(st.lists(st.sampled_from(names), max_size=1))
    files = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
        f"a,A,https://a.example,{draw(st.sampled_from(ZONES))}\n",
        "stops.txt": STOPS_TXT,
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nr0,a,2,3\nr1,a,10,3\n",
        "calendar.txt": lines(
            f"service_id,{WEEKDAYS},start_date,end_date",
            [
                "daily,1,1,1,1,1,1,1,20260101,20261231",
                "monday,1,0,0,0,0,0,0,20260101,20261231",
                "weekend,0,0,0,0,0,1,1,20260101,20261231",
            ],
        ),
        "trips.txt": lines("trip_id,route_id,service_id", trips),
        "stop_times.txt": lines(
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type",
            rows,
        ),
        "frequencies.txt": lines(
            "trip_id,start_time,end_time,headway_secs,exact_times",
            [f"{trip},08:00:00,08:40:00,1200,1" for trip in frequent],
        ),
        "transfers.txt": lines(
            "from_stop_id,to_stop_id,transfer_type,min_transfer_time",
            [f"{one},{other},{draw(types)}" for one, other in pairs],
        ),
    }
    return files, names


@st.composite
def near(draw: st.DrawFn) -> dict[str, int]:
    stops = draw(st.lists(st.sampled_from(STOPS), min_size=1, max_size=2, unique=True))
    return {stop: draw(st.sampled_from([0, 0, 90, 400])) for stop in stops}


@st.composite
def journey_cases(
    draw: st.DrawFn,
    *,
    live: bool,
    drawn_from: st.SearchStrategy[tuple[dict[str, str], list[str]]] | None = None,
) -> JourneyCase:
    """A case in a network of `networks`, or of another strategy."""
    files, trips = draw(networks() if drawn_from is None else drawn_from)
    row = draw(st.sampled_from(files["stop_times.txt"].split("\n")[1:-1])).split(",")
    zone = ZoneInfo(files["agency.txt"].split(",")[-1].strip())
    noon = datetime.fromisoformat(f"{draw(st.sampled_from(DAYS))}T12:00:00").replace(tzinfo=zone)
    hours, minutes, _ = map(int, row[2].split(":"))
    instant = int(noon.timestamp()) + (hours - 12) * 3600 + minutes * 60
    now = datetime.fromtimestamp(instant - 300, zone)
    numbers = range(draw(st.integers(1, 5)) if live else 0)
    return JourneyCase(
        files,
        " ".join(draw(trip_updates(trips, files, now, number)) for number in numbers),
        now=now,
        at=instant + draw(st.sampled_from([0, 0, -600, -1800, 300])),
        longest=draw(st.sampled_from([0, 0, 300, 800])),
        origin=draw(near()),
        destination=draw(near()),
    )


@st.composite
def cases_with_detours(
    draw: st.DrawFn,
    drawn_from: st.SearchStrategy[tuple[dict[str, str], list[str]]] | None = None,
) -> JourneyCase:
    """A case whose real time is one or two detours, in such a network as `journey_cases`."""
    case = draw(journey_cases(live=False, drawn_from=drawn_from))
    rows = [line.split(",") for line in case.files["stop_times.txt"].split("\n")[1:-1]]
    trips = st.sampled_from([row[0] for row in rows])
    numbers = range(draw(st.integers(1, 2)))
    found = [draw(detours(rows, draw(trips), case.now, number)) for number in numbers]
    return replace(case, message=" ".join(found))

"""Random cases in which every journey changes at one hub, by transfers of routes and trips."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from random_cities import clock, lines
from random_journeys import STOPS_TXT, JourneyCase

HUB = ("a", "b", "c")
INWARDS, OUTWARDS = ("i0", "i1", "i2"), ("o0", "o1", "o2")
HEAD = (
    "from_stop_id,to_stop_id,from_route_id,from_trip_id,to_route_id,to_trip_id,"
    "transfer_type,min_transfer_time"
)
FILES = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
    "a,A,https://a.example,Europe/Paris\n",
    "stops.txt": STOPS_TXT,
    "routes.txt": "route_id,agency_id,route_short_name,route_type\n"
    "i,a,1,3\nj,a,2,3\no,a,3,3\np,a,4,3\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\ndaily,1,1,1,1,1,1,1,20260101,20261231\n",
    "trips.txt": "trip_id,route_id,service_id\n"
    "i0,i,daily\ni1,i,daily\ni2,j,daily\no0,o,daily\no1,o,daily\no2,p,daily\n",
}


@st.composite
def hub_cases(draw: st.DrawFn) -> JourneyCase:
    """Three trips from d to the hub, and three from there to f."""
    minutes, stops = st.integers(0, 15), st.sampled_from(HUB)
    times = []
    for trip in INWARDS:
        end = 8 * 3600 + 60 * draw(minutes)
        times += [f"{trip},{clock(7 * 3600)},d,1", f"{trip},{clock(end)},{draw(stops)},2"]
    for trip in OUTWARDS:
        start = 8 * 3600 + 60 * (draw(minutes) + 5)
        times += [f"{trip},{clock(start)},{draw(stops)},1", f"{trip},{clock(start + 900)},f,2"]
    rows = draw(st.lists(transfers(), min_size=1, max_size=8))
    at = datetime(2026, 3, 2, 7, tzinfo=ZoneInfo("Europe/Paris"))
    calls = [
        f"{trip},{time},{time},{stop},{sequence}"
        for trip, time, stop, sequence in (row.split(",") for row in times)
    ]
    files = {
        **FILES,
        "stop_times.txt": lines("trip_id,arrival_time,departure_time,stop_id,stop_sequence", calls),
        "transfers.txt": lines(HEAD, rows),
    }
    longest, instant = draw(st.sampled_from([0, 400])), int(at.timestamp())
    return JourneyCase(files, "", at, instant, longest, {"d": 0}, {"f": 0})


@st.composite
def transfers(draw: st.DrawFn) -> str:
    """A row within the hub, that names up to two routes and two trips."""
    ends = (
        draw(st.sampled_from(["a", "b", "c", "gare"])),
        draw(st.sampled_from(["a", "b", "c", "gare"])),
    )
    named = [
        draw(st.sampled_from(["", *names])) for names in (("i", "j"), INWARDS, ("o", "p"), OUTWARDS)
    ]
    return ",".join((*ends, *named, draw(st.sampled_from(["0,", "1,", "2,120", "2,600", "3,"]))))

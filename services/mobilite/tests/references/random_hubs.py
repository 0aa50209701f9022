"""Random cases in which every journey changes at one hub, by transfers of routes and trips."""

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from boards import update
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


def hub_cases(*, live: bool) -> st.SearchStrategy[JourneyCase]:
    """Three trips from d to the hub, and three from there to f, by the schedule or in real time.
    The numbers are those of a seed: what is drawn one by one repeats itself too much for rules to
    matter."""
    return st.integers(0, 1 << 32).map(lambda seed: _case(Random(seed), live))


def _case(random: Random, live: bool) -> JourneyCase:
    times = []
    for trip in INWARDS:
        end = 8 * 3600 + 60 * random.randint(0, 15)
        times += [(trip, 7 * 3600, "d", 1), (trip, end, random.choice(HUB), 2)]
    for trip in OUTWARDS:
        start = 8 * 3600 + 60 * random.randint(5, 20)
        times += [(trip, start, random.choice(HUB), 1), (trip, start + 900, "f", 2)]
    calls = [
        f"{trip},{clock(time)},{clock(time)},{stop},{sequence}"
        for trip, time, stop, sequence in times
    ]
    at = datetime(2026, 3, 2, 7, tzinfo=ZoneInfo("Europe/Paris"))
    files = {
        **FILES,
        "stop_times.txt": lines("trip_id,arrival_time,departure_time,stop_id,stop_sequence", calls),
        "transfers.txt": lines(HEAD, [_transfer(random) for _ in range(random.randint(1, 12))]),
    }
    longest = random.choice((0, 400))
    message = _message(random) if live else ""
    return JourneyCase(files, message, at, int(at.timestamp()), longest, {"d": 0}, {"f": 0})


def _message(random: Random) -> str:
    """Some trips late, some cancelled, some at the other platform of the station."""
    entities = []
    for number, trip in enumerate((*INWARDS, *OUTWARDS)):
        changes = []
        hub, state = (2, "") if trip in INWARDS else (1, "")
        if random.random() < 0.4:
            changes.append(f"departure {{ delay: {60 * random.randint(1, 8)} }}")
        if random.random() < 0.3:
            platform = random.choice(("a", "b"))
            changes.append(f'stop_time_properties {{ assigned_stop_id: "{platform}" }}')
        if random.random() < 0.1:
            state = "schedule_relationship: CANCELED"
        stops = f"stop_time_update {{ stop_sequence: {hub} {' '.join(changes)} }}"
        entities.append(
            update(
                f'trip_id: "{trip}" start_date: "20260302" {state}',
                stops if changes else "",
                entity=str(number),
            )
        )
    return " ".join(entities)


def _transfer(random: Random) -> str:
    """A row within the hub, that names up to two routes and two trips."""
    ends = [random.choice(("a", "b", "c", "gare")) for _ in range(2)]
    names = (("i", "j"), INWARDS, ("o", "p"), OUTWARDS)
    named = [random.choice(("", *each)) for each in names]
    return ",".join((*ends, *named, random.choice(("0,", "1,", "2,120", "2,600", "3,"))))

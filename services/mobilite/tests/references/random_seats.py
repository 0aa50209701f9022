"""Random cases in which vehicles go on as another trip, by blocks and by rows of transfers.txt."""

from itertools import pairwise
from random import Random

from hypothesis import strategies as st
from random_cities import clock, lines
from random_journeys import STOPS, JourneyCase, cases_with_detours, journey_cases, networks

DAY = 86_400
TRANSFERS = "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id"
TIMES = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type"
RULES = ["0,0"] * 8 + ["1,0", "0,1"]


def seat_cases(*, live: bool) -> st.SearchStrategy[JourneyCase]:
    """Vehicles of up to four trips, one after the other."""
    return journey_cases(live=live, drawn_from=seat_networks())


def seat_cases_with_detours() -> st.SearchStrategy[JourneyCase]:
    """The same, with detours."""
    return cases_with_detours(drawn_from=seat_networks())


@st.composite
def seat_networks(draw: st.DrawFn) -> tuple[dict[str, str], list[str]]:
    """The stops, calendar and transfers of a random network, with other trips. Their numbers are
    those of a seed: what is drawn one by one repeats itself too much for vehicles to matter."""
    files, _ = draw(networks())
    random = Random(draw(st.integers(0, 1 << 32)))
    trips, times, links = list[str](), list[str](), list[str]()
    for vehicle in range(random.randint(1, 3)):
        names = [f"t{vehicle}{number}" for number in range(random.randint(2, 4))]
        block = random.choice(["x", "y", "y", ""])
        for name in names:
            service = random.choice(["daily"] * 6 + ["monday", "weekend"])
            trips.append(f"{name},r{random.randint(0, 1)},{service},{block}")
        times += _calls(random, names)
        links += [
            f",,{random.choice('44445')},,{one},{other}"
            for one, other in pairwise(names)
            if random.random() < 0.4
        ]
    names = [trip.split(",")[0] for trip in trips]
    if random.random() < 0.5:
        links.append(f",,{random.choice('445')},,{random.choice(names)},{random.choice(names)}")
    changes = [f"{row},," for row in files["transfers.txt"].split("\n")[1:-1]]
    files = {
        **files,
        "trips.txt": lines("trip_id,route_id,service_id,block_id", trips),
        "stop_times.txt": lines(TIMES, times),
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\n",
        "transfers.txt": lines(TRANSFERS, [*changes, *links]),
    }
    return files, names


def _calls(random: Random, names: list[str]) -> list[str]:
    """The calls of the trips of one vehicle."""
    time, stop, rows = random.choice([28_200, 28_800, 29_400, 85_200]), random.choice(STOPS), []
    # Past midnight a trip is one of the next day, or has times above 24 h.
    new_day = random.random() < 0.5
    for name in names:
        if random.random() < 0.2:
            stop = random.choice(STOPS)
        if new_day and time >= DAY:
            time -= DAY
        stops = [stop, *random.sample(STOPS, random.randint(1, 3))]
        for sequence, stop in enumerate(stops, 1):
            leaves = time + random.choice([0, 0, 60])
            rules = random.choice(RULES)
            rows.append(f"{name},{clock(time)},{clock(leaves)},{stop},{sequence},{rules}")
            time = leaves + random.choice([60, 300, 300, 600])
        time += random.choice([-400, -60, 0, 0, 120, 600, 3000])
    return rows

"""Random small cities and trip updates, for `test_boards_by_the_rules`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

ZONES = ("Europe/Paris", "America/Sao_Paulo", "Australia/Lord_Howe")
DAYS = ("2026-03-02", "2026-03-28", "2026-03-29", "2026-04-05", "2026-10-24", "2026-10-25")
"""Mondays, Sundays, and the nights clocks change in Paris and on Lord Howe."""
STOPS = ("a", "b", "c", "d")
STOPS_TXT = """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
gare,Gare,47.9,1.9,1,
a,Gare A,47.9,1.9,0,gare
b,Gare B,47.9,1.9,0,gare
c,Parc,47.92,1.9,0,
d,Lac,47.93,1.9,0,
"""
WEEKDAYS = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"

MAKING = ("NEW", "ADDED", "REPLACEMENT", "DUPLICATED")

delays = st.integers(-900, 4000)


@dataclass(frozen=True)
class Case:
    """A city, its message, and the instants of the boards."""

    files: dict[str, str]
    message: str
    now: datetime
    at: datetime
    age: int


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@st.composite
def calls(draw: st.DrawFn, trip: str) -> list[str]:
    """The stop_times of a trip: loops, dwells, sequences with gaps, times past midnight."""
    time = draw(st.sampled_from([0, 7, 8, 8, 8, 23, 24, 25, 49])) * 3600
    rows, sequence = [], draw(st.integers(0, 3))
    for _ in range(draw(st.integers(2, 5))):
        leaves = time + draw(st.sampled_from([0, 0, 60, 300]))
        pickup = draw(st.sampled_from([0, 0, 0, 1, 2]))
        stop = draw(st.sampled_from(STOPS))
        rows.append(f"{trip},{clock(time)},{clock(leaves)},{stop},{sequence},{pickup}")
        time = leaves + draw(st.sampled_from([60, 600, 600, 7200]))
        sequence += draw(st.integers(1, 10))
    return rows


@st.composite
def cities(draw: st.DrawFn) -> tuple[dict[str, str], list[str]]:
    """GTFS files and the ids of their trips."""
    trips = [f"t{n}" for n in range(draw(st.integers(1, 4)))]
    rows = [row for trip in trips for row in draw(calls(trip))]
    weeks = [*["1,1,1,1,1,1,1"] * 4, "1,0,0,0,0,0,1", "0,0,0,0,0,1,0"]
    last_days = ["20261231", "20261231", "20260330"]
    services = [
        f"{trip},{draw(st.sampled_from(weeks))},20260101,{draw(st.sampled_from(last_days))}"
        for trip in trips
    ]
    days = st.lists(st.sampled_from([*DAYS, "2026-03-30"]), max_size=2, unique=True)
    exceptions = [
        f"{trip},{day.replace('-', '')},{draw(st.sampled_from([1, 2]))}"
        for trip in trips
        for day in draw(days)
    ]
    frequent = draw(st.lists(st.sampled_from(trips), max_size=1))
    frequencies = [
        f"{trip},08:00:00,{draw(st.sampled_from(['08:20:00', '10:00:00']))},1200,"
        f"{draw(st.sampled_from([0, 1]))}"
        for trip in frequent
    ]
    routes = [f"{trip},r{draw(st.sampled_from([2, 10]))},{trip}" for trip in trips]
    files = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
        f"a,A,https://a.example,{draw(st.sampled_from(ZONES))}\n",
        "stops.txt": STOPS_TXT,
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nr2,a,2,3\nr10,a,10,3\n",
        "calendar.txt": lines(f"service_id,{WEEKDAYS},start_date,end_date", services),
        "calendar_dates.txt": lines("service_id,date,exception_type", exceptions),
        "trips.txt": lines("trip_id,route_id,service_id", routes),
        "stop_times.txt": lines(
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type", rows
        ),
        "frequencies.txt": lines(
            "trip_id,start_time,end_time,headway_secs,exact_times", frequencies
        ),
    }
    return files, trips


def lines(head: str, rows: list[str]) -> str:
    return "\n".join([head, *rows, ""])


@st.composite
def events(draw: st.DrawFn, name: str, now: int) -> str:
    """An arrival or departure, or nothing: delay, time, both at odds, neither."""
    variant = draw(
        st.sampled_from(
            [
                *["none", "none", "delay", "delay", "delay", "time", "time", "both", "neither"],
                *["planned", "planned and late"],
            ]
        )
    )
    parts = {
        "delay": f"delay: {draw(delays)}",
        "time": f"time: {now + draw(st.integers(-4000, 20_000))}",
        "neither": "uncertainty: 60",
    }
    parts["both"] = f"{parts['time']} {parts['delay']}"
    parts["planned"] = f"scheduled_time: {now + draw(st.integers(-4000, 20_000))}"
    parts["planned and late"] = f"{parts['planned']} {parts['delay']}"
    return "" if variant == "none" else f"{name} {{ {parts[variant]} }}"


@st.composite
def stop_updates(draw: st.DrawFn, rows: list[list[str]], now: int) -> str:
    """A stop_time_update, by sequence, by stop, by both in agreement or not."""
    row = draw(st.sampled_from(rows))
    named = draw(
        st.sampled_from(["sequence", "sequence", "stop", "both", "both", "wrong", "unknown"])
    )
    ids = {
        "sequence": f"stop_sequence: {row[4]}",
        "stop": f'stop_id: "{row[3]}"',
        "both": f'stop_sequence: {row[4]} stop_id: "{row[3]}"',
        "wrong": f'stop_sequence: {row[4]} stop_id: "{draw(st.sampled_from(STOPS))}"',
        "unknown": f'stop_sequence: 99 stop_id: "{draw(st.sampled_from([*STOPS, "x"]))}"',
    }[named]
    variant = draw(st.sampled_from(["SCHEDULED"] * 4 + ["SKIPPED", "NO_DATA"]))
    content = draw(events("arrival", now)) + " " + draw(events("departure", now))
    content += " " + draw(properties())
    return f"stop_time_update {{ {ids} schedule_relationship: {variant} {content} }}"


@st.composite
def properties(draw: st.DrawFn) -> str:
    """What changes at a stop: its platform (of the station or not), headsign, boarding."""
    assigned = draw(st.sampled_from([""] * 8 + ["a", "b"] * 4 + ["c", "gare", "x"]))
    headsign = draw(st.sampled_from([""] * 6 + ["Ailleurs"]))
    pickup = draw(st.sampled_from([""] * 6 + ["REGULAR", "NONE", "PHONE_AGENCY"]))
    result = (f'assigned_stop_id: "{assigned}" ' if assigned else "") + (
        f'stop_headsign: "{headsign}" ' if headsign else ""
    )
    result += f"pickup_type: {pickup}" if pickup else ""
    return f"stop_time_properties {{ {result} }}" if result else ""


@st.composite
def complete_runs(draw: st.DrawFn, now: int) -> str:
    """The stop updates of a run made of them: most of them usable, in order or not."""
    instant, content = now + draw(st.integers(-3000, 6000)), []
    numbered = draw(st.sampled_from(["all", "all", "none", "some"]))
    for place in range(draw(st.integers(1, 4))):
        stop = draw(st.sampled_from([*STOPS, *STOPS, "gare", "x"]))
        sequence = f"stop_sequence: {draw(st.sampled_from([place, place, 3]))}"
        named = numbered == "all" or (numbered == "some" and place % 2)
        late = instant + draw(st.sampled_from([0, 60, 300, -120, 200_000]))
        event = draw(
            st.sampled_from(
                [
                    f"departure {{ time: {late} }}",
                    f"departure {{ time: {late} scheduled_time: {instant} }}",
                    f"arrival {{ scheduled_time: {instant} delay: 60 }}",
                    f"arrival {{ time: {late} }} departure {{ time: {late + 30} }}",
                    f"departure {{ scheduled_time: {instant} }}",
                    "departure { delay: 60 }",
                ]
            )
        )
        variant = draw(st.sampled_from(["SCHEDULED"] * 5 + ["SKIPPED", "NO_DATA"]))
        result = f'{sequence if named else ""} stop_id: "{stop}" schedule_relationship: {variant}'
        content.append(f"stop_time_update {{ {result} {event} {draw(properties())} }}")
        instant += draw(st.sampled_from([60, 600, 3600]))
    return " ".join(content)


@st.composite
def own_properties(draw: st.DrawFn, now: datetime) -> str:
    """What a run outside the timetable has of its own: for a copy its name, day and start."""
    parts = []
    if draw(st.booleans()):
        parts.append(f'trip_id: "{draw(st.sampled_from(["copy", "other"]))}"')
    if draw(st.sampled_from([True, True, False])):
        day = now + timedelta(days=draw(st.integers(-1, 1)))
        parts.append(f'start_date: "{day:%Y%m%d}"')
    if draw(st.booleans()):
        parts.append(f'start_time: "{clock(draw(st.integers(0, 100_000)))}"')
    if draw(st.booleans()):
        parts.append('trip_headsign: "Navette"')
    return f" trip_properties {{ {' '.join(parts)} }}" if parts else ""


@st.composite
def trip_updates(
    draw: st.DrawFn, trips: list[str], files: dict[str, str], now: datetime, number: int
) -> str:
    trip = draw(st.sampled_from([*(trips * 12)[:12], "extra", "extra", "elsewhere", "copy"]))
    day = draw(
        st.sampled_from(["", *(f"{now + timedelta(days=n):%Y%m%d}" for n in (-2, -1, 0, 0, 0, 1))])
    )
    start = draw(st.sampled_from(["", "08:00:00", "08:20:00", "08:25:00", "15:00:00"]))
    variant = draw(
        st.sampled_from([*["SCHEDULED"] * 5, "CANCELED", "DELETED", "UNSCHEDULED", *MAKING])
    )
    all_rows = [row.split(",") for row in files["stop_times.txt"].split("\n")[1:-1]]
    rows = [row for row in all_rows if row[0] == trip] or all_rows
    seconds = int(now.timestamp())
    if variant in MAKING and draw(st.sampled_from([True, True, True, False])):
        stops = draw(complete_runs(seconds))
    else:
        stops = " ".join(draw(st.lists(stop_updates(rows, seconds), max_size=5)))
    delay = draw(st.one_of(st.none(), delays))
    descriptor = f'trip_id: "{trip}" schedule_relationship: {variant}'
    descriptor += f' start_date: "{day}"' if day else ""
    descriptor += f' start_time: "{start}"' if start else ""
    descriptor += (
        f' route_id: "{draw(st.sampled_from(["r2", "r10", "r99"]))}"' if trip == "extra" else ""
    )
    complete = "" if delay is None else f"delay: {delay}"
    complete += draw(own_properties(now)) if variant in MAKING else ""
    return (
        f'entity {{ id: "{number}" trip_update {{ trip {{ {descriptor} }} {stops} {complete} '
        f"timestamp: {seconds - 10 + number} }} }}"
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    files, trips = draw(cities())
    # Around a call of the city, so that boards are not empty.
    row = draw(st.sampled_from(files["stop_times.txt"].split("\n")[1:-1])).split(",")
    zone = ZoneInfo(files["agency.txt"].split(",")[-1].strip())
    noon = datetime.fromisoformat(f"{draw(st.sampled_from(DAYS))}T12:00:00").replace(tzinfo=zone)
    hours, minutes, _ = map(int, row[2].split(":"))
    instant = noon.timestamp() + (hours - 12) * 3600 + minutes * 60
    instant += draw(st.integers(-3000, 1200)) + draw(st.sampled_from([0, 0, 0, -86_400, 20_000]))
    now = datetime.fromtimestamp(instant, zone)
    numbers = range(draw(st.sampled_from([1, 2, 3, 4])))
    message = " ".join(draw(trip_updates(trips, files, now, number)) for number in numbers)
    ahead = draw(st.sampled_from([0, 0, -3600, -3600, -7200, 3600, 86_400]))
    return Case(
        files,
        message,
        now=now,
        at=datetime.fromtimestamp(instant + ahead, zone),
        age=draw(st.sampled_from([0, 0, 0, 300, 301])),
    )

"""A small network for fares, and rides in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from cities import DAILY, timetable_from_text

from mobilite.fares.domain.fare import Fare, FareRide
from mobilite.fares.domain.feed_fares import FeedFares
from mobilite.gtfs.domain.ids import FeedId
from mobilite.timetable.domain.notes import Notes, Row
from mobilite.timetable.domain.timetable import Timetable

NETWORK = {
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone
bus,Bus,https://bus.example,Europe/Paris
train,Train,https://train.example,Europe/Paris
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,zone_id
gare,Gare,47.90,1.9,1,,
a,Gare A,47.90,1.9,0,gare,Z1
b,Gare B,47.90,1.9,0,gare,Z1
c,Mairie,47.91,1.9,0,,Z2
d,Lac,47.92,1.9,0,,Z3
e,Hameau,47.93,1.9,0,,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_type
r1,bus,1,3
r2,bus,2,3
r3,train,3,2
""",
    "calendar.txt": DAILY + "bureau,1,1,1,1,1,0,0,20260101,20261231\n",
    "trips.txt": """\
route_id,service_id,trip_id
r1,daily,t1
r2,daily,t2
r3,daily,t3
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,08:00:00,08:00:00,a,1
t1,08:10:00,08:10:00,c,2
t1,08:20:00,08:20:00,d,3
t2,08:00:00,08:00:00,c,1
t2,08:10:00,08:10:00,e,2
t3,08:00:00,08:00:00,b,1
t3,08:10:00,08:10:00,d,2
""",
}


def city(**files: str) -> Timetable:
    """The network with fare files, named without `.txt`."""
    return timetable_from_text({**NETWORK, **{f"{name}.txt": text for name, text in files.items()}})


@cache
def _bare() -> Timetable:
    return city()


def with_rows(tables: Mapping[str, Sequence[Row]]) -> Timetable:
    """The network with fare tables given as packed rows: a hundred times as fast."""
    zones = {"a": "Z1", "b": "Z1", "c": "Z2", "d": "Z3"}
    fare_zones = [{"stop_id": stop, "zone_id": zone} for stop, zone in zones.items()]
    notes = Notes.of([*tables.items(), ("fare_zones", fare_zones)])
    return replace(
        _bare(), note_names=notes.names, note_first=notes.first, note_pieces=notes.pieces
    )


def ride(
    route: str, stops: str, start: str = "10:00", minutes: int = 10, *, feed: str = "f"
) -> FareRide:
    """A ride on Monday, 2 March 2026, along these stops of one letter each. `start`: of the
    departure; with a date for another day."""
    text = start if "T" in start else f"2026-03-02T{start}"
    departure = int(
        datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).timestamp()
    )
    return FareRide(FeedId(feed), route, tuple(stops), departure, departure + 60 * minutes)


def fare(timetable: Timetable, *rides: FareRide) -> Fare | None:
    """What successive rides cost."""
    return FeedFares(timetable).price(rides, adjacent=[len(rides)])


def price(timetable: Timetable, *rides: FareRide) -> str | None:
    """The same, as an amount and a currency."""
    found = fare(timetable, *rides)
    return None if found is None else f"{found.amount} {found.currency}"

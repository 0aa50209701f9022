"""Cities written as GTFS text, and their NeTEx."""

from collections.abc import Mapping
from functools import lru_cache

from cities import DAILY, timetable_from_text
from region import REMI, TAO

from mobilite.gtfs.domain.ids import FeedId
from mobilite.netex.adapters.feed_objects import FeedObjects
from mobilite.netex.adapters.netex_file import publication
from mobilite.open_data.domain.merged_network import MergedFeed

NIGHT = {
    **REMI,
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone,agency_lang,agency_phone
a&b,<Nuit> & Jour,https://www.example.org/?a=1&b=2,Europe/Paris,fr,02 38 00 00 00
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding,stop_code
"g ""1"" z",Gare,47.9,1.9,1,,,
q,Gare,47.9001,1.9001,0,"g ""1"" z",1,12
parc,Parc & <jardin>,47.91,1.91,0,,2,
é%,Sans place,,,0,,,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color
q,a&b,N1,Gare - Parc,705,FF0000,000000
C,a&b,,Car,204,,
""",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign,direction_id,wheelchair_accessible,trip_short_name
q,nuit,x,Parc & <jardin>,0,1,N 1
q,nuit,y,,1,2,
q,semaine,z,Parc & <jardin>,0,,
C,semaine,exact,,,,
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,stop_headsign
x,23:50:00,23:59:30,q,10,0,1,
x,24:10:00,24:10:00,é%,20,3,3,
x,48:00:01,48:00:01,parc,30,1,0,
y,25:00:00,25:00:00,parc,1,0,0,
y,25:20:00,25:20:00,q,2,0,0,
z,06:00:00,06:00:00,q,1,0,1,Express
z,06:05:00,06:06:00,é%,2,3,3,
z,06:20:00,06:20:00,parc,3,1,0,
exact,07:00:00,07:00:00,"g ""1"" z",1,2,0,
exact,07:30:00,07:31:00,parc,2,0,2,
""",
    "frequencies.txt": """\
trip_id,start_time,end_time,headway_secs,exact_times
exact,07:00:00,08:00:00,1800,1
exact,23:30:00,25:00:00,3600,1
""",
    "calendar.txt": DAILY.splitlines()[0] + "\nsemaine,1,1,1,1,1,0,0,20260101,20260331\n",
    "calendar_dates.txt": """\
service_id,date,exception_type
nuit,20260214,1
nuit,20260320,1
semaine,20260216,2
semaine,20260221,1
""",
    "transfers.txt": """\
from_stop_id,to_stop_id,transfer_type,min_transfer_time
q,parc,2,90
parc,q,3,
parc,"g ""1"" z",0,
""",
}
"""A night bus over two midnights, ids that XML must escape, and runs with exact times."""
CITIES = {"tao": TAO, "remi": REMI, "nuit": NIGHT}


@lru_cache
def document(feed_id: str) -> str:
    """The NeTEx of one of the cities."""
    return written(CITIES[feed_id], feed_id)


def written(files: Mapping[str, str], feed_id: str) -> str:
    """The NeTEx of a feed."""
    feed = MergedFeed(
        FeedId(feed_id), "0" * 64, "Réseau", "ODbL-1.0", "La région", "2026-02-01T03:04:05+00:00"
    )
    objects = FeedObjects(feed, timetable_from_text(files, feed_id))
    return "".join(publication(objects, ("Région Lab", "https://www.example.org")))

"""A city whose offer is counted by hand: a frequent tram, a night bus, a market bus.

Monday 2 to Sunday 8 March 2026. The tram runs on weekdays, and on Saturdays; the night bus daily,
but not on Wednesday; the market bus on Sunday alone, an exception.
"""

from collections.abc import Mapping
from pathlib import Path

from boards import City, received
from cities import AGENCY, timetable_from_text

from mobilite.events import ImportAttempt, TimetableV1
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.live.flows import ServingSchedule
from mobilite.timetable.adapters.packed_file import write_packed

MARKET_CITY = {
    "agency.txt": AGENCY,
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
gare,Gare,47.900,1.900,1,
gare-1,Gare,47.900,1.900,0,gare
gare-2,Gare,47.900,1.900,0,gare
mairie,Mairie,47.910,1.900,0,
parc,Parc,47.920,1.900,0,
lac,Lac,47.940,1.900,0,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_type
tram,a,A,0
nuit,a,N,3
marche,a,M,3
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
semaine,1,1,1,1,1,0,0,20260302,20260308
samedi,0,0,0,0,0,1,0,20260302,20260308
tous,1,1,1,1,1,1,1,20260302,20260308
""",
    "calendar_dates.txt": """\
service_id,date,exception_type
tous,20260304,2
marche,20260308,1
""",
    "trips.txt": """\
route_id,service_id,trip_id,direction_id,shape_id
tram,semaine,frequent,0,detour
tram,semaine,dix-heures,0,detour
tram,semaine,retour,1,
tram,samedi,samedi-1,0,detour
tram,samedi,samedi-2,0,detour
nuit,tous,nuit,,
marche,marche,marche,,
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type
frequent,06:00:00,06:00:00,gare-1,1,0,0
frequent,06:10:00,06:10:00,mairie,2,0,0
frequent,06:20:00,06:20:00,parc,3,0,0
dix-heures,10:00:00,10:00:00,gare-1,1,0,0
dix-heures,10:10:00,10:10:00,mairie,2,1,1
dix-heures,10:20:00,10:20:00,parc,3,0,0
retour,17:00:00,17:00:00,parc,1,0,0
retour,17:20:00,17:20:00,gare-2,2,0,0
samedi-1,08:00:00,08:00:00,gare-1,1,0,0
samedi-1,08:20:00,08:20:00,parc,2,0,0
samedi-2,09:00:00,09:00:00,gare-1,1,0,0
samedi-2,09:20:00,09:20:00,parc,2,0,0
nuit,23:50:00,23:50:00,gare-2,1,0,0
nuit,25:20:00,25:20:00,lac,2,0,0
marche,09:00:00,09:00:00,lac,1,0,0
marche,09:30:00,09:30:00,parc,2,0,0
""",
    "frequencies.txt": """\
trip_id,start_time,end_time,headway_secs,exact_times
frequent,07:00:00,09:00:00,600,0
""",
    "shapes.txt": """\
shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
detour,47.900,1.900,1
detour,47.910,1.920,2
detour,47.920,1.900,3
""",
}
DETOUR_KM, STRAIGHT_KM, NIGHT_KM = 3.72646, 2.22377, 4.44755
"""On the ellipsoid (WGS 84): from the station to the park along the shape and straight, and
straight from the station to the lake."""
WEEK = {"from": "2026-03-02", "to": "2026-03-08"}


def announce(
    city: City, files: Mapping[str, str], folder: Path, feed_id: str = "f", *, serve: bool = True
) -> str:
    """Announce a version of a schedule, packed into a folder; the SHA-256 of the file."""
    timetable = timetable_from_text(files, feed_id)
    packed = write_packed(timetable, folder)
    announced = TimetableV1(
        feed_id=feed_id,
        name=f"Réseau {feed_id}",
        sha256=packed.sha256,
        address="file:packed",
        timezones=("Europe/Paris",),
        valid_to=str(ServiceDate(timetable.last_date)),
        last_attempt=ImportAttempt(at=city.now, outcome="imported"),
    )
    city.live.follow_timetables([received(announced.key(), announced, city.now)])
    if serve:
        city.live.install(ServingSchedule(timetable))
    return packed.sha256

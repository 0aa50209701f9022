"""A small region of two networks, published as one: GTFS text in, merged feeds out."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from boards import City, paris
from cities import DAILY, timetable_from_text
from fastapi import FastAPI

from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.adapters.merged_entities import MergedEntities
from mobilite.open_data.adapters.merged_message import MergedMessages
from mobilite.open_data.adapters.merged_shelf import MergedScheduleFolder
from mobilite.open_data.api.merged import merged_router
from mobilite.open_data.flows.merge_real_time import MergedRealTime
from mobilite.open_data.flows.merge_schedule import MergedSchedule
from mobilite.timetable.adapters.packed_file import write_packed
from mobilite.wiring.app import make_api
from mobilite.wiring.openapi import PREFIX
from socle.clock import ManualClock

TAO = {
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone
tram,TAO Tram,https://www.example.org/tram,Europe/Paris
bus,"TAO, les bus",https://www.example.org/bus,Europe/Paris
""",
    "stops.txt": """\
stop_id,stop_code,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding,\
platform_code,level_id
gare,,Gare d'Orléans,47.9076,1.9043,1,,1,,
gare-A1,A1,Gare d'Orléans,47.9077,1.9044,0,gare,1,A1,quai
gare-A2,A2,Gare d'Orléans,47.9078,1.9045,0,gare,2,A2,quai
gare-in,,Entrée,47.9075,1.9042,2,gare,1,,rue
martroi,,"Place du ""Martroi"" (Orléans)",47.9026,1.9090,0,,0,,
loire,,Bord de Loire,47.8980,1.9100,0,,0,,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color,\
route_sort_order
A,tram,A,Gare - Loire,0,0055A4,FFFFFF,1
2,bus,2,Bord de Loire - Gare d'Orléans,3,,,2
N,bus,N,Navette du centre,3,,,3
""",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id,wheelchair_accessible,\
bikes_allowed
A,daily,a1,Bord de Loire,0,blocA,sA,1,2
A,semaine,a2,Bord de Loire,0,blocA,sA,1,2
2,daily,b1,Gare,1,,,0,0
N,daily,n,Navette,0,,,0,0
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,stop_headsign,pickup_type,drop_off_type,\
shape_dist_traveled
a1,08:00:00,08:00:00,gare-A1,1,Via Martroi,0,1,0
a1,08:06:00,08:07:00,martroi,2,,0,0,660
a1,08:14:00,08:14:00,loire,3,,1,0,1180
a2,24:20:00,24:20:00,gare-A1,1,,0,0,0
a2,24:26:00,24:27:00,martroi,2,,0,0,660
a2,24:34:00,24:34:00,loire,3,,0,0,1180
b1,08:20:00,08:20:00,loire,1,,0,0,
b1,,,martroi,2,,2,0,
b1,08:40:00,08:40:00,gare-A2,3,,0,0,
n,09:00:00,09:00:00,martroi,1,,0,0,
n,09:05:00,09:05:00,loire,2,,0,0,
""",
    "frequencies.txt": """\
trip_id,start_time,end_time,headway_secs,exact_times
n,09:00:00,10:00:00,600,0
n,10:00:00,12:00:00,1200,0
""",
    "calendar.txt": DAILY + "semaine,1,1,1,1,1,0,0,20260101,20261231\n",
    "calendar_dates.txt": """\
service_id,date,exception_type
semaine,20260406,2
semaine,20260404,1
""",
    "shapes.txt": """\
shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled
sA,47.9077,1.9044,1,0
sA,47.9050,1.9070,2,350
sA,47.9026,1.9090,3,660
sA,47.8980,1.9100,4,1180
""",
    "transfers.txt": """\
from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id,to_route_id
gare-A1,gare-A2,2,120,,
martroi,martroi,1,,A,2
""",
    "levels.txt": "level_id,level_index,level_name\nquai,-1,Quais\nrue,0,Rue\n",
    "pathways.txt": """\
pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time
p1,gare-in,gare-A1,4,1,60
p2,gare-in,gare-A2,2,1,80
""",
    "feed_info.txt": """\
feed_publisher_name,feed_publisher_url,feed_lang,feed_version
TAO,https://www.example.org,fr,7
""",
    "attributions.txt": """\
attribution_id,agency_id,organization_name,is_operator
x,tram,Exploitant du tram,1
""",
}
"""Trams with platforms, levels and a shape, a bus with a time to work out, a shuttle by headway."""

REMI = {
    "agency.txt": """\
agency_name,agency_url,agency_timezone
Rémi,https://www.example.org/remi,Europe/Paris
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon
gare,"Orléans, gare routière",47.9080,1.9060
blois,Blois gare,47.5850,1.3230
""",
    "routes.txt": "route_id,route_long_name,route_type\n2,Orléans - Blois,3\n",
    "trips.txt": "route_id,service_id,trip_id\n2,daily,a1\n",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
a1,08:05:00,08:05:00,gare,1
a1,09:15:00,09:15:00,blois,2
""",
    "calendar.txt": DAILY,
}
"""A coach whose every id is also one of the trams', and whose agency has none."""

MESSAGES = """\
entity { id: "0" trip_update {
  trip { trip_id: "a1" start_date: "20260302" route_id: "A" direction_id: 0 }
  vehicle { id: "v7" label: "Rame 7" license_plate: "AA-1"
    wheelchair_accessible: WHEELCHAIR_ACCESSIBLE }
  stop_time_update { stop_sequence: 1 departure { time: 1772434860 delay: 60 uncertainty: 30 }
    departure_occupancy_status: FEW_SEATS_AVAILABLE
    stop_time_properties { assigned_stop_id: "gare-A2" stop_headsign: "Direct"
      pickup_type: PHONE_AGENCY } }
  stop_time_update { stop_sequence: 2 stop_id: "martroi" schedule_relationship: SKIPPED }
  timestamp: 1772433000 delay: 60 } }
entity { id: "1" trip_update {
  trip { trip_id: "b1" start_date: "20260302" schedule_relationship: CANCELED } } }
entity { id: "2" trip_update {
  trip { trip_id: "plus" route_id: "A" start_date: "20260302" start_time: "08:30:00"
    schedule_relationship: NEW }
  trip_properties { trip_headsign: "Renfort" shape_id: "sA" }
  stop_time_update { stop_sequence: 1 stop_id: "gare-A1" departure { time: 1772436600 } }
  stop_time_update { stop_sequence: 2 stop_id: "loire" arrival { time: 1772437200 } } } }
entity { id: "3" trip_update { trip { trip_id: "fantome" start_date: "20260302" }
  stop_time_update { stop_sequence: 1 departure { delay: 0 } } } }
entity { id: "4" trip_update {
  trip { trip_id: "n" start_date: "20260302" start_time: "09:10:00"
    schedule_relationship: UNSCHEDULED }
  stop_time_update { stop_sequence: 1 stop_id: "martroi" schedule_relationship: UNSCHEDULED
    departure { time: 1772439060 } }
  stop_time_update { stop_sequence: 2 stop_id: "loire" schedule_relationship: UNSCHEDULED
    arrival { time: 1772439360 } }
  timestamp: 1772433000 } }
entity { id: "v" vehicle { trip { trip_id: "a1" start_date: "20260302" }
  vehicle { id: "v7" label: "Rame 7" }
  position { latitude: 47.9077 longitude: 1.9044 bearing: 180 speed: 4.5 odometer: 12.5 }
  current_stop_sequence: 1 stop_id: "gare-A1" current_status: STOPPED_AT timestamp: 1772433000
  congestion_level: RUNNING_SMOOTHLY occupancy_status: FULL occupancy_percentage: 97
  multi_carriage_details { label: "Tête" occupancy_status: FULL occupancy_percentage: 100
    carriage_sequence: 1 }
  multi_carriage_details { id: "c2" occupancy_status: EMPTY carriage_sequence: 2 } } }
entity { id: "w" vehicle { trip { trip_id: "fantome" } vehicle { id: "v8" }
  position { latitude: 47.9030 longitude: 1.9089 } stop_id: "nulle-part" timestamp: 1772433000 } }
entity { id: "al" alert {
  active_period { start: 1772400000 end: 1772500000 }
  informed_entity { route_id: "A" } informed_entity { stop_id: "nulle-part" }
  cause: CONSTRUCTION effect: DETOUR severity_level: WARNING
  header_text { translation { text: "Travaux" language: "fr" }
    translation { text: "Works" language: "en" } }
  description_text { translation { text: "Ligne déviée." language: "fr" } }
  url { translation { text: "https://www.example.org/travaux" } }
  image { localized_image { url: "https://www.example.org/plan.png" media_type: "image/png"
    language: "fr" } }
  image_alternative_text { translation { text: "Plan" language: "fr" } } } }
entity { id: "tous" alert { informed_entity { route_type: 0 }
  header_text { translation { text: "Trams ralentis" language: "fr" } } } }
entity { id: "vide" alert { informed_entity { trip { trip_id: "fantome" } }
  header_text { translation { text: "Rien" language: "fr" } } } }
"""
"""The trams' operator at 07:30: a delay with every field, a cancellation, a new run, a
frequency-based run, an unknown trip; two vehicles; three alerts.
"""

SEVEN_THIRTY = paris("07:30:00")


class Region:
    """The merged feeds of a city's networks, over HTTP (`app`) or directly."""

    def __init__(self, folder: Path, *, now: datetime = SEVEN_THIRTY) -> None:
        self.city = City(now=now)
        self.folder = folder
        self.clock = ManualClock(now)
        self.serving: dict[FeedId, str] = {}
        self.shelf = MergedScheduleFolder(folder / "merged", packed=folder)
        self.schedule = MergedSchedule(
            self.city.live,
            self.shelf,
            serving=lambda: self.serving,
            publisher=("Région Lab", "https://www.example.org"),
            patience=0.1,
        )
        self.real_time = self.merged_real_time()
        self.city.trip_update_followers.append(self.real_time.follow_trip_updates)

    def merged_real_time(self) -> MergedRealTime:
        """The merged real time of a replica that begins now."""
        return MergedRealTime(
            self.city.live,
            version=self.schedule.version,
            entities=MergedEntities(),
            messages=MergedMessages(),
            clock=self.clock,
        )

    def add(self, feed_id: str, files: Mapping[str, str]) -> None:
        """A network, or another version of it."""
        self.city.schedule(files, feed_id)
        packed = write_packed(timetable_from_text(files, feed_id), self.folder)
        self.serving[FeedId(feed_id)] = packed.sha256

    def app(self) -> FastAPI:
        """The API with the merged feeds."""
        app = make_api(self.city.live, self.clock)
        merged = merged_router(self.schedule, self.real_time, self.city.live, self.clock)
        merged.add_to(app, prefix=PREFIX)
        return app

    async def made(self) -> Path:
        """The merged schedule of what serves now, made at once."""
        return await self.shelf.make(self.schedule.version())


def files_of(archive: bytes | Path) -> dict[str, str]:
    """The files of a zip as text, for eyes and for our own importer."""
    opened = io.BytesIO(archive) if isinstance(archive, bytes) else archive
    with zipfile.ZipFile(opened) as zipped:
        return {name: zipped.read(name).decode() for name in zipped.namelist()}


def small_region(folder: Path) -> Region:
    """The two networks, and the message of the first."""
    region = Region(folder)
    region.add("tao", TAO)
    region.add("remi", REMI)
    region.city.publish(MESSAGES, "tao")
    return region

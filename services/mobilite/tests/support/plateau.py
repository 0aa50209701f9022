"""A plateau above the valley without a stop: vans take people to the station if they book.

In the morning from anywhere to the station, booked the working day before; in the afternoon back,
booked an hour before. Monday to Friday.
"""

from datetime import datetime

from boards import paris
from cities import DAILY
from valley import BUS, HOSPITAL, TRAIN, Valley

VANS = {
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone,agency_phone
a,Navette,https://navette.example,Europe/Paris,02 54 00 00 00
""",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nhalte,Gare de Val,47.6003,1.2003\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nn,a,Navette,715\n",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign,wheelchair_accessible,safe_duration_factor,\
safe_duration_offset
n,semaine,aller,Gare,1,1,300
n,semaine,retour,Plateau,2,,
""",
    "stop_times.txt": """\
trip_id,stop_id,location_id,location_group_id,stop_sequence,start_pickup_drop_off_window,\
end_pickup_drop_off_window,pickup_type,drop_off_type,pickup_booking_rule_id,\
drop_off_booking_rule_id
aller,,plateau,,1,07:00:00,12:00:00,2,1,veille,
aller,,,gare,2,07:00:00,12:00:00,1,2,,veille
retour,,,gare,1,14:00:00,19:00:00,2,1,heure,
retour,,plateau,,2,14:00:00,19:30:00,1,2,,heure
""",
    "booking_rules.txt": """\
booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_last_day,\
prior_notice_last_time,prior_notice_service_id,message,phone_number,booking_url
veille,2,,1,17:00:00,semaine,Annulez si vous ne venez pas.,02 54 11 22 33,\
https://navette.example/reserver
heure,1,60,,,,,,
""",
    "location_groups.txt": "location_group_id,location_group_name\ngare,Gare de Val\n",
    "location_group_stops.txt": "location_group_id,stop_id\ngare,halte\n",
    "calendar.txt": DAILY.replace("daily,1,1,1,1,1,1,1", "semaine,1,1,1,1,1,0,0"),
    "locations.geojson": """\
{"type": "FeatureCollection", "features": [
 {"id": "plateau", "type": "Feature", "properties": {"stop_name": "Le Plateau"},
  "geometry": {"type": "Polygon", "coordinates":
   [[[1.05, 47.61], [1.12, 47.61], [1.12, 47.66], [1.05, 47.66], [1.05, 47.61]],
    [[1.06, 47.62], [1.06, 47.63], [1.07, 47.63], [1.07, 47.62], [1.06, 47.62]]]}}]}
""",
}
FARM, OTHER_FARM = "47.6400,1.1000", "47.6500,1.0600"
"""Two places on the plateau."""
WOOD = "47.6250,1.0650"
"""In the hole of the zone."""
FROM_FARM = {"from": FARM, "to": HOSPITAL, "at": "2026-03-02T07:00:00+01:00"}
"""A van to the station, a train, a tram."""
FRIDAY = paris("10:00:00", "2026-02-27")


def plateau(now: datetime = FRIDAY, *, vans: dict[str, str] | None = None) -> Valley:
    """The valley with its plateau."""
    return Valley(now=now, files={"train": TRAIN, "bus": BUS, "tad": vans or VANS})

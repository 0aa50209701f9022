"""A town with a bus and demand-responsive trips, written as GTFS text."""

from cities import LINE

BUS = {
    **LINE,
    "agency.txt": LINE["agency.txt"].replace("reseau.example", "www.example.org"),
    "stops.txt": LINE["stops.txt"] + "s5,Hameau,47.940,1.910\ns6,Ferme,47.945,1.915\n",
}
FLEX = {
    "routes.txt": """\
route_id,agency_id,route_short_name,route_type
r,a,1,3
tad,a,TAD,715
d,a,D,3
""",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign,safe_duration_factor,safe_duration_offset,cars_allowed
r,daily,t,Lac,,,2
tad,daily,zone,Campagne,1.5,300,
tad,daily,groupe,Hameaux,,,
d,daily,devie,Lac,,,
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,location_id,location_group_id,stop_sequence,\
start_pickup_drop_off_window,end_pickup_drop_off_window,pickup_type,drop_off_type,\
pickup_booking_rule_id,drop_off_booking_rule_id
t,08:00:00,08:00:00,s1,,,1,,,0,0,,
t,08:30:00,08:30:00,s4,,,4,,,0,0,,
zone,,,,campagne,,1,08:00:00,12:00:00,2,1,veille,
zone,,,,campagne,,2,08:00:00,12:00:00,1,2,,veille
groupe,09:00:00,09:00:00,s1,,,1,,,0,1,,
groupe,,,,,hameaux,2,09:05:00,09:40:00,1,2,,heure
devie,10:00:00,10:00:00,s1,,,1,,,0,0,heure,
devie,,,,campagne,,2,10:00:00,10:30:00,1,2,,veille
devie,10:30:00,10:30:00,s4,,,3,,,0,0,,
""",
    "booking_rules.txt": """\
booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_last_day,\
prior_notice_last_time,prior_notice_service_id,phone_number,booking_url
veille,2,,1,17:00:00,bureau,02 38 00 00 00,https://www.example.org/tad
heure,1,60,,,,02 38 00 00 00,
""",
    "location_groups.txt": "location_group_id,location_group_name\nhameaux,Hameaux\n",
    "location_group_stops.txt": "location_group_id,stop_id\nhameaux,s5\nhameaux,s6\n",
    "calendar.txt": LINE["calendar.txt"] + "bureau,1,1,1,1,1,0,0,20240101,20291231\n",
    "locations.geojson": """\
{"type": "FeatureCollection", "features": [
 {"id": "campagne", "type": "Feature", "properties": {"stop_name": "Campagne", "couleur": "vert"},
  "geometry": {"type": "Polygon", "coordinates":
   [[[1.90, 47.93], [1.95, 47.93], [1.95, 47.97], [1.90, 47.97], [1.90, 47.93]]]}}]}
""",
}
MIXED = {**BUS, **FLEX}
"""A bus (t), a trip in a zone, one from a station to a group of stops, a bus with a detour."""
_WITH_STOPS = ("stops.txt", "location_groups.txt", "location_group_stops.txt")
FLEX_ONLY = {
    **{name: text for name, text in MIXED.items() if name not in _WITH_STOPS},
    "trips.txt": "route_id,service_id,trip_id\ntad,daily,zone\n",
    "stop_times.txt": """\
trip_id,location_id,stop_sequence,start_pickup_drop_off_window,end_pickup_drop_off_window,\
pickup_type,drop_off_type
zone,campagne,1,08:00:00,12:00:00,2,1
zone,campagne,2,08:00:00,12:00:00,1,2
""",
}
"""A feed without a stop: its only trip is in a zone."""

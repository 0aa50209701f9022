"""A town whose feed has every file that is stored as published."""

from on_demand import MIXED

_CALLS = MIXED["stop_times.txt"].splitlines()
COMPLETE = {
    **MIXED,
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone,agency_lang,agency_phone,agency_fare_url,\
agency_email
a,Réseau,https://www.example.org,Europe/Paris,fr,02 38 00 00 00,https://www.example.org/tarifs,\
contact@example.org
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,zone_id,tts_stop_name,stop_access
gare,Gare,47.900,1.900,1,,,,
s1,Gare,47.900,1.900,0,gare,Z1,La gare,1
s2,Mairie,47.910,1.900,0,,Z1,,
s4,Lac,47.930,1.900,0,,Z2,,
s5,Hameau,47.940,1.910,0,,,,
s6,Ferme,47.945,1.915,0,,,,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_type,continuous_pickup,continuous_drop_off,network_id
r,a,1,3,1,3,bus
tad,a,TAD,715,,,
d,a,D,3,,,
""",
    "stop_times.txt": "\n".join(
        [f"{_CALLS[0]},continuous_pickup", f"{_CALLS[1]},0", *(f"{line}," for line in _CALLS[2:])]
    ),
    "feed_info.txt": """\
feed_publisher_name,feed_publisher_url,feed_lang,feed_contact_url
Réseau,https://www.example.org,fr,https://www.example.org/contact
""",
    "fare_attributes.txt": """\
fare_id,price,currency_type,payment_method,transfers,transfer_duration
ticket,1.50,EUR,0,,3600
""",
    "fare_rules.txt": "fare_id,route_id,origin_id,destination_id\nticket,r,Z1,Z2\n",
    "timeframes.txt": """\
timeframe_group_id,start_time,end_time,service_id
pointe,07:00:00,09:00:00,bureau
""",
    "rider_categories.txt": """\
rider_category_id,rider_category_name,is_default_fare_category
adulte,Adulte,1
""",
    "fare_media.txt": "fare_media_id,fare_media_name,fare_media_type\ncarte,Carte,2\n",
    "fare_products.txt": """\
fare_product_id,fare_product_name,rider_category_id,fare_media_id,amount,currency
unite,Unité,adulte,carte,1.50,EUR
suite,Correspondance,,,0.00,EUR
""",
    "fare_leg_rules.txt": """\
leg_group_id,network_id,from_area_id,to_area_id,from_timeframe_group_id,fare_product_id
urbain,bus,centre,,pointe,unite
rural,,,,,unite
""",
    "fare_transfer_rules.txt": """\
from_leg_group_id,to_leg_group_id,fare_transfer_type,fare_product_id
urbain,,0,suite
""",
    "fare_leg_join_rules.txt": "from_network_id,to_network_id\nbus,bus\n",
    "areas.txt": "area_id,area_name\ncentre,Centre\n",
    "stop_areas.txt": "area_id,stop_id\ncentre,s1\n",
    "translations.txt": """\
table_name,field_name,language,translation,record_id,record_sub_id,field_value
stops,stop_name,en,Station,s1,,
stop_times,stop_headsign,en,Lake,t,1,
routes,route_long_name,en,Bus,,,Autobus
feed_info,feed_publisher_name,en,Network,,,
booking_rules,message,en,By phone,veille,,
""",
}
BROKEN = {
    **COMPLETE,
    "fare_rules.txt": COMPLETE["fare_rules.txt"] + "ticket,,Z9,\n",
    "fare_products.txt": COMPLETE["fare_products.txt"] + "perdu,Perdu,enfant,,1.00,EUR\n",
    "stop_areas.txt": COMPLETE["stop_areas.txt"] + "centre,perdu\n",
    "translations.txt": COMPLETE["translations.txt"] + "stops,stop_name,en,Lost,perdu,,\n",
}
"""The same; some rows refer to what does not exist."""

"""A detour of the trams of `region`, as their operator publishes it."""

DETOUR = """\
entity { id: "detour" trip_modifications {
  selected_trips { trip_ids: "a1" trip_ids: "fantome" shape_id: "detour-shape" }
  selected_trips { trip_ids: "fantome" shape_id: "sA" }
  service_dates: "20260302"
  modifications {
    start_stop_selector { stop_sequence: 2 stop_id: "martroi" }
    end_stop_selector { stop_sequence: 2 }
    propagated_modification_delay: 120
    replacement_stops { stop_id: "quai" travel_time_to_stop: 300 }
    replacement_stops { stop_id: "loire" }
    service_alert_id: "al"
    last_modified_time: 1772400000 }
  modifications { start_stop_selector { stop_id: "loire" } service_alert_id: "fini" } } }
entity { id: "shape" shape { shape_id: "detour-shape" encoded_polyline: "_fxcHoiv_Byb@y]" } }
entity { id: "stop" stop { stop_id: "quai" stop_lat: 47.9 stop_lon: 1.91
  stop_name { translation { text: "Quai" language: "fr" } translation { text: "Quay" } }
  parent_station: "gare" wheelchair_boarding: AVAILABLE zone_id: "Z" } }
entity { id: "u" trip_update { trip { modified_trip { modifications_id: "detour"
    affected_trip_id: "a1" start_date: "20260302" } }
  stop_time_update { stop_sequence: 3 arrival { delay: 200 } } timestamp: 1772433000 } }
"""

"""The timetables of the operators of the demo region, Centre-Val de Loire, and their GTFS."""

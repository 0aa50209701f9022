"""The feeds of the operators of the demo region, over HTTP: GTFS, GTFS-Realtime, GBFS."""

"""Alerts in protobuf text format, and a small station town to be disturbed."""

from cities import AGENCY, DAILY

TOWN = {
    "agency.txt": AGENCY,
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
gare,Gare,47.9,1.9,1,
q1,Gare quai 1,47.9,1.9,0,gare
q2,Gare quai 2,47.9,1.9,0,gare
acces,Gare accès nord,47.9,1.9,2,gare
parc,Parc,47.92,1.9,0,
lac,Lac,47.93,1.9,0,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_type
tram,a,A,0
bus,a,2,3
""",
    "calendar.txt": DAILY,
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign,direction_id
tram,daily,t1,Lac,0
tram,daily,t2,Lac,0
bus,daily,b1,Parc,0
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,08:00:00,08:00:00,q1,1
t1,08:10:00,08:10:00,lac,2
t2,10:00:00,10:00:00,q1,1
t2,10:10:00,10:10:00,lac,2
b1,09:00:00,09:00:00,q2,1
b1,09:10:00,09:10:00,parc,2
""",
}
"""A station of two quays: trams at 08:00 and 10:00 from quay 1, a bus at 09:00 from quay 2."""


def text(field: str, *translations: tuple[str, str | None]) -> str:
    """A TranslatedString."""
    result = ""
    for words, code in translations:
        language = "" if code is None else f'language: "{code}"'
        result += f"translation {{ text: {_quoted(words)} {language} }} "
    return f"{field} {{ {result} }}"


def alert(
    entity: str, *selectors: str, header: str = "Travaux", more: str = "effect: DETOUR"
) -> str:
    """One entity: an Alert about those selectors (the fields of each), with a French header."""
    informed = " ".join(f"informed_entity {{ {each} }}" for each in selectors)
    result = text("header_text", (header, "fr"))
    return f'entity {{ id: "{entity}" alert {{ {informed} {result} {more} }} }}'


def period(start: int | None = None, end: int | None = None, field: str = "active_period") -> str:
    """A TimeRange in POSIX seconds."""
    first = "" if start is None else f"start: {start}"
    return f"{field} {{ {first} {'' if end is None else f'end: {end}'} }}"


def _quoted(words: str) -> str:
    escaped = "".join(
        letter if letter not in '"\\' and letter.isprintable() else f"\\{ord(letter):03o}"
        for letter in words
    )
    return f'"{escaped}"'

"""Agencies, routes and stops: what is retained, inherited and reported."""

import numpy as np
import pytest
from cities import LINE, imported, timetable_from_text

from socle.errors import Refusal

STOPS = """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding
gare,Gare,47.9,1.9,1,,1
q1,,47.9,1.9,0,gare,
entree,Entrée,47.9,1.9,2,gare,2
noeud,,,,3,gare,
zone,,,,4,q1,
s1,Rue,0,0,0,,
s2,Mer,147.9,1.9,0,,
s3,Île,47.9,1.9,0,fantome,
s4,Place,47.9,1.9,0,s1,
s4,Doublon,47.9,1.9,0,,
,Sans nom,47.9,1.9,0,,
q2,Quai 2,x,1.9,0,gare,0
"""


def test_places_and_what_they_inherit() -> None:
    timetable, report = imported({**LINE, "stops.txt": STOPS})
    ids = list(timetable.stop_ids)
    assert ids == ["gare", "q1", "entree", "noeud", "zone", "s1", "s2", "s3", "s4", "q2"]
    assert timetable.stop_kind.tolist() == [1, 0, 2, 3, 4, 0, 0, 0, 0, 0]
    assert timetable.stop_parent.tolist() == [-1, 0, 0, 0, 1, -1, -1, -1, -1, 0]
    assert [ids[child] for child in timetable.children_of(0)] == ["q1", "entree", "noeud", "q2"]
    assert timetable.stop_names[3:5] == ["Gare", "Gare"]
    assert timetable.stop_wheelchair.tolist() == [1, 1, 2, 1, 1, 0, 0, 0, 0, 1]
    # q2 borrows the station's place; s1 and s2 have none to borrow.
    assert timetable.stop_lat[9] == 47.9
    assert np.isnan(timetable.stop_lat[5:7]).all()
    assert np.isnan(timetable.stop_lon[5:7]).all()
    found = {code: (line.count, line.samples) for (_, code), line in report.items()}
    assert found["wrong_coordinates"] == (3, ("s1", "s2", "q2"))
    assert found["dangling_parent"] == (2, ("s3", "s4"))
    assert found["duplicate_id"] == (1, ("s4",))
    assert found["empty_id"] == (1, ())
    assert found["wrong_number"] == (1, ("stop_lat=x",))


def test_routes_colours_and_agencies() -> None:
    timetable, report = imported(
        {
            **LINE,
            "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone
a,Un,https://un.example,Europe/Paris
b,Deux,https://deux.example,Terre/Milieu
""",
            "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color
r,a,1,Ligne 1,3,00ff00,0
q,c,A,Tram,900,rouge,#FFFFFF
p,b,,Sans type,,,
""",
        }
    )
    assert timetable.route_type.tolist() == [3, 900, -1]
    assert timetable.route_agency.tolist() == [0, -1, 1]
    assert list(timetable.route_color) == ["00FF00", "", ""]
    assert list(timetable.route_text_color) == ["000000", "FFFFFF", ""]
    assert list(timetable.timezones) == ["Europe/Paris"]
    assert report["agency.txt", "unknown_timezone"].samples == ("Terre/Milieu",)
    assert report["routes.txt", "unknown_agency"].samples == ("q",)
    assert report["routes.txt", "color"].samples == ("rouge", "0")
    assert report["routes.txt", "route_type"].samples == ("p",)


def test_a_feed_with_one_agency_need_not_name_it() -> None:
    timetable = timetable_from_text(
        {
            **LINE,
            "agency.txt": "agency_name,agency_url,agency_timezone\nU,https://u.example,Europe/Paris\n",
            "routes.txt": "route_id,route_short_name,route_type\nr,1,3\n",
        }
    )
    assert timetable.route_agency.tolist() == [0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"agency.txt": None}, "no_agency"),
        ({"routes.txt": None}, "no_routes"),
        ({"trips.txt": None}, "no_trips"),
        ({"stop_times.txt": None}, "no_stop_times"),
        ({"calendar.txt": None}, "no_calendar"),
        ({"stops.txt": None}, "no_stops"),
        ({"stops.txt": ""}, "no_stops"),
        ({"stops.txt": "stop_id,stop_name\n"}, "no_stops"),
        ({"stops.txt": "stop,name\ns1,Gare\n"}, "missing_column"),
        ({"trips.txt": "route_id,service_id,trip_id\n"}, "no_trips"),
        ({"trips.txt": "route_id,service_id,trip_id\nz,daily,t\n"}, "no_trips"),
        ({"agency.txt": "agency_name,agency_timezone\nU,Terre/Milieu\n"}, "no_timezone"),
        ({"stops.txt": 'stop_id,stop_name\ns1,"Gare\n'}, "unreadable"),
    ],
)
def test_a_feed_that_cannot_be_used_is_refused_in_words(change, code: str) -> None:
    files = {name: text for name, text in {**LINE, **change}.items() if text is not None}
    with pytest.raises(Refusal) as refused:
        timetable_from_text(files)
    assert refused.value.details["code"] == code
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("name", ["agency", "routes", "trips", "stop_times", "stops"])
def test_a_missing_file_is_named_in_a_sentence(name: str) -> None:
    files = {file: text for file, text in LINE.items() if file != f"{name}.txt"}
    with pytest.raises(Refusal, match=f"^Il manque {name}.txt au flux"):
        timetable_from_text(files)

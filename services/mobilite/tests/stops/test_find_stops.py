"""Stops as people look for them: by a few letters of their name, or around a place."""

from collections.abc import Sequence

import pytest
from boards import City
from cities import LINE

from mobilite.stops.flows.find_stops import StopPage, find_stops_by_name, find_stops_near
from socle.errors import Refusal

STOPS = """\
stop_id,stop_code,stop_name,stop_lat,stop_lon,location_type,parent_station
gare,,Gare d’Orléans,47.9080,1.9040,1,
qa,,Gare d’Orléans – quai A,47.9081,1.9041,0,gare
qb,,Gare routière,47.9100,1.9041,0,gare
g2,,Gare,47.8000,1.8000,0,
marceau,0417,St-Marceau,47.8900,1.9050,0,
jean,,Saint-Jean-de-la-Ruelle,47.9100,1.8700,0,
place,,Pl. du Martroi,47.9020,1.9090,0,
coeur,,Sacré-Cœur,47.9030,1.9100,0,
nowhere,,Arrêt perdu,,,0,
gareste,,Garestine,47.7000,1.7000,0,
s1,,Départ,47.0,1.0,0,
s2,,Milieu,47.1,1.0,0,
s3,,Après,47.2,1.0,0,
s4,,Fin,47.3,1.0,0,
"""


@pytest.fixture(scope="module")
def city() -> City:
    city = City()
    city.schedule({**LINE, "stops.txt": STOPS})
    return city


def ids(page: StopPage) -> list[str]:
    return [hit.found.schedule.timetable.stop_ids[hit.found.stop] for hit in page.hits]


def named(city: City, text: str) -> list[str]:
    return ids(find_stops_by_name(city.live.state, text, limit=20, cursor=None))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("gare d'orleans", ["gare"]),
        ("GARE ORLÉANS", ["gare"]),
        ("orl gar", ["gare"]),
        ("saint marceau", ["marceau"]),
        ("st marceau", ["marceau"]),
        ("St Jean", ["jean"]),
        ("place martroi", ["place"]),
        ("pl martroi", ["place"]),
        ("sacre coeur", ["coeur"]),
        ("0417", ["marceau"]),
        ("routiere", ["gare"]),
        ("quai a", ["gare"]),
        ("gare inconnue", []),
    ],
)
def test_names_are_found_as_people_type_them(city: City, text: str, found: Sequence[str]) -> None:
    assert named(city, text) == found


def test_the_complete_name_comes_first_then_its_beginning_then_stations(city: City) -> None:
    assert named(city, "gare") == ["g2", "gare", "gareste"]


@pytest.fixture(scope="module")
def railway() -> City:
    """A feed of trains, of which two stations do not have the word « gare » in their names, and one
    of buses."""
    city = City()
    trains = LINE["routes.txt"].replace(",3\n", ",109\n")
    stops = LINE["stops.txt"].replace("Gare,", "Tours,").replace("Mairie,", "Saint-Pierre,")
    city.schedule({**LINE, "routes.txt": trains, "stops.txt": stops + "s5,Quai,47.9,1.9\n"}, "t")
    stops = LINE["stops.txt"].replace("Mairie,", "Gare de Tours,")
    city.schedule({**LINE, "stops.txt": stops.replace("Parc,", "Garenne,")}, "b")
    return city


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Railway stations first, then stops of that name, then names that begin with it.
        ("gare", ["Lac", "Parc", "Saint-Pierre", "Tours", "Gare", "Gare de Tours", "Garenne"]),
        ("gare tours", ["Tours", "Gare de Tours"]),
        ("gare de tours", ["Gare de Tours", "Tours"]),
        ("Gare SNCF de Saint-Pierre", ["Saint-Pierre"]),
        ("tours", ["Tours", "Gare de Tours"]),
        # Few letters are not yet the word: names that begin with them come first.
        ("gar", ["Gare", "Gare de Tours", "Garenne", "Lac", "Parc", "Saint-Pierre", "Tours"]),
        ("gare de nulle part", []),
    ],
)
def test_stations_of_trains_answer_to_gare(railway: City, text: str, found: Sequence[str]) -> None:
    page = find_stops_by_name(railway.live.state, text, limit=20, cursor=None)
    names = [hit.found.schedule.timetable.stop_names[hit.found.stop] for hit in page.hits]
    assert names == found


def test_several_feeds_answer_together() -> None:
    city = City()
    for feed_id in ("f", "g"):
        city.schedule(LINE, feed_id)
    page = find_stops_by_name(city.live.state, "gare", limit=10, cursor=None)
    assert [hit.found.feed.feed_id for hit in page.hits] == ["f", "g"]


def test_around_a_point_the_nearest_come_first_and_a_station_once(city: City) -> None:
    page = find_stops_near(city.live.state, 47.9100, 1.9041, radius=1500, limit=20, cursor=None)
    assert ids(page)[0] == "gare"
    # The coach platform of the station lies on the point itself.
    assert page.hits[0].distance == pytest.approx(0, abs=1)
    distances = [hit.distance for hit in page.hits]
    assert distances == sorted(distances, key=lambda each: each or 0)
    assert "qa" not in ids(page)
    assert "nowhere" not in ids(page)


def test_a_distance_is_that_of_the_ground(city: City) -> None:
    (hit,) = find_stops_near(city.live.state, 47.8090, 1.8, radius=2000, limit=5, cursor=None).hits
    assert hit.distance == pytest.approx(1000.8, abs=1)


def test_pages_follow_each_other(city: City) -> None:
    first = find_stops_by_name(city.live.state, "gare", limit=2, cursor=None)
    second = find_stops_by_name(city.live.state, "gare", limit=2, cursor=first.next)
    assert ids(first) + ids(second) == ["g2", "gare", "gareste"]
    assert second.next is None


def test_a_name_without_letters_is_refused(city: City) -> None:
    with pytest.raises(Refusal, match="lettre"):
        named(city, " ’ – ")

"""Where a journey starts: what `from` and `to` accept."""

import pytest
from boards import City
from places import COMMUNES, REGION

from mobilite.places.domain.region_places import Gazetteer
from mobilite.places.flows.resolve_place import ResolvedPlace, resolve_place
from socle.errors import Refusal


@pytest.fixture(scope="module")
def city() -> City:
    city = City()
    for feed_id, files in REGION.items():
        city.schedule(files, feed_id)
    city.live.places.configure(Gazetteer(communes=COMMUNES))
    city.live.places.refresh()
    return city


def resolved(city: City, place_id: str) -> ResolvedPlace:
    return resolve_place(city.live.state, city.live.places, place_id)


@pytest.mark.parametrize(
    ("place_id", "stops"),
    [
        ("hub:sncf:orl", ("sncf:orl", "remi:gr", "tao:gare")),
        ("hub:tao:gare", ("sncf:orl", "remi:gr", "tao:gare")),
        ("tao:gare", ("tao:gare",)),
        ("azalys:sl", ("azalys:sl",)),
        ("commune:41018", ("sncf:blo", "azalys:gare", "remi:blois")),
        ("commune:45146", ()),
    ],
)
def test_a_place_is_its_stops(city: City, place_id: str, stops: tuple[str, ...]) -> None:
    place = resolved(city, place_id)
    assert place.stops == stops
    assert place.point is not None
    assert place.name


def test_a_point_is_a_point(city: City) -> None:
    assert resolved(city, "47.9,-1.25") == ResolvedPlace("", (), (47.9, -1.25))
    assert resolved(city, " 47.9 , 1.25 ").point == (47.9, 1.25)
    assert resolved(city, "47.90769999999999982,-0.00000000000000017").point == (47.9077, -1.7e-16)
    with pytest.raises(Refusal, match="latitude"):
        resolved(city, "147.9,1.25")


@pytest.mark.parametrize("place_id", ["hub:gone", "commune:99999", "tao:nowhere", "47.9", ""])
def test_an_unknown_place_is_refused(city: City, place_id: str) -> None:
    with pytest.raises(Refusal) as refusal:
        resolved(city, place_id)
    assert refusal.value.category == "not_found"


def test_a_hub_follows_its_feeds(city: City) -> None:
    before = city.live.places.current
    city.live.places.refresh()
    assert city.live.places.current is before  # nothing has changed
    moved = REGION["tao"]["stops.txt"].replace("47.9077", "47.8077")
    city.schedule({**REGION["tao"], "stops.txt": moved}, "tao")
    city.live.places.refresh()
    assert resolved(city, "hub:sncf:orl").stops == ("sncf:orl", "remi:gr")
    city.schedule(REGION["tao"], "tao")
    city.live.places.refresh()
    assert resolved(city, "hub:sncf:orl").stops == ("sncf:orl", "remi:gr", "tao:gare")

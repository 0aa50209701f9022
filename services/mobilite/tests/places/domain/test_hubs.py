"""Hubs have a name that people use, and an id that lasts."""

from places import listed

from mobilite.gtfs.domain.ids import GlobalId
from mobilite.places.domain.feed_stops import ListedStop
from mobilite.places.domain.hubs import DeclaredHub, Hub, find_hubs

TRAIN = listed("sncf:1", "Orléans", modes=("rail",), departures=50)
TRAM = listed("tao:gare", "Gare d'Orléans", north=50, modes=("tram",), departures=400)
COACH = listed("remi:gr", "Orléans – Gare routière", north=90, modes=("coach",))
BUS = listed("tao:bus", "Gare d'Orléans (bus de remplacement)", north=60)


def only_hub(*stops: ListedStop) -> Hub:
    (hub,) = find_hubs(stops).hubs
    return hub


def test_a_station_is_called_as_its_town_calls_it() -> None:
    assert only_hub(TRAIN, TRAM, COACH).name == "Gare d'Orléans"
    assert only_hub(TRAIN, COACH).name == "Orléans"  # the coach station is only a part of it


def test_another_hub_has_its_most_served_name() -> None:
    one = listed("a:1", "Hôtel de ville", departures=3)
    other = listed("b:1", "Mairie", north=10, departures=9)
    assert only_hub(one, other).name == "Mairie"


def test_a_hub_has_the_departures_of_its_stops() -> None:
    hub = only_hub(TRAIN, TRAM, COACH)
    assert hub.departures == 460
    assert (hub.lat, hub.lon) == (TRAIN.lat, TRAIN.lon)


def test_its_id_is_that_of_the_station_and_every_member_leads_to_it() -> None:
    hubs = find_hubs([TRAIN, TRAM, COACH])
    (hub,) = hubs.hubs
    assert hub.id == "hub:sncf:1"
    assert all(hubs.find(f"hub:{stop.id}") is hub for stop in hub.stops)
    # The railway feed is away: another id, but the old ones of the others still lead there.
    less = find_hubs([TRAM, COACH, BUS, listed("azalys:1", "Gare d'Orléans", north=55)])
    found = less.find("hub:tao:gare")
    assert found is not None
    assert found.id == "hub:azalys:1"
    assert less.find("hub:sncf:1") is None


def test_a_declared_hub_takes_its_stops_out_of_every_other() -> None:
    declared = DeclaredHub("orleans", (COACH.id, TRAIN.id, GlobalId("gone:1")), "Orléans centre")
    hubs = find_hubs([TRAIN, TRAM, COACH, BUS], declared=[declared])
    assert [(hub.id, hub.name, len(hub.stops)) for hub in hubs.hubs] == [
        ("hub:orleans", "Orléans centre", 2)
    ]
    assert hubs.find("hub:sncf:1") is hubs.find("hub:orleans")
    assert hubs.find_of_stop(TRAM.id) is None


def test_a_declared_hub_of_one_stop_leaves_it_alone() -> None:
    alone = DeclaredHub("autocars", (COACH.id,))
    hub = next(iter(find_hubs([TRAIN, TRAM, COACH], declared=[alone]).hubs))
    assert COACH not in hub.stops

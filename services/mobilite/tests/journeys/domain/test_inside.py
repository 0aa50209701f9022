"""Changes in stations with pathways, and ways through their entrances."""

from stations import STOPS, changes, station

from mobilite.journeys.flows.stations.station_alerts import Impaired

# Everything is level, but the bridge to platform 2.
PATHWAYS = [
    "a,est,hall,1,1,60",
    "b,ouest,hall,1,1,90",
    "c,hall,q1,1,1,20",
    "d,hall,pont,2,1,30",
    "e,hall,pont,5,1,70",
    "f,pont,q2,1,1,10",
]
STAIRS_ONLY = [row for row in PATHWAYS if row[0] != "e"]


def test_a_change_takes_the_time_of_the_way_and_no_walk() -> None:
    found = changes(station(PATHWAYS))
    assert found["q1", "q2"] == found["q2", "q1"] == (60, 0)
    assert changes(station(PATHWAYS), wheelchair=True)["q1", "q2"] == (100, 0)


def test_platforms_that_nothing_joins_are_apart() -> None:
    found = changes(station(PATHWAYS))
    assert ("q1", "q3") not in found
    assert changes(station(STAIRS_ONLY), wheelchair=True) == {}


def test_the_time_of_transfers_is_a_minimum() -> None:
    rows = ["q1,q2,2,300", "q2,q1,2,10", "q1,q3,2,40"]
    found = changes(station(PATHWAYS, transfers=rows))
    assert found["q1", "q2"] == (300, 0)
    assert found["q2", "q1"] == (60, 0)
    # The operator states a change where it has described no way.
    assert found["q1", "q3"] == (40, 0)
    assert ("q1", "q3") not in changes(station(PATHWAYS, transfers=rows), wheelchair=True)


def test_a_transfer_without_a_time_takes_that_of_the_way() -> None:
    assert changes(station(PATHWAYS, transfers=["gare,gare,0,"]))["q1", "q2"] == (60, 0)
    assert changes(station(PATHWAYS, transfers=["q1,q2,1,"]))["q1", "q2"] == (0, 0)
    assert ("q1", "q2") not in changes(station(PATHWAYS, transfers=["q1,q2,3,"]))


def test_streets_lead_to_the_best_entrance() -> None:
    found = changes(station(PATHWAYS), longest=400)
    seconds, metres = found["q1", "bus-est"]
    assert 15 <= metres <= 25
    assert seconds == 80 + -(-metres // 1.25)
    assert found["bus-ouest", "q1"][0] > 110
    # By the stairs of the bridge: 10 + 30 + 60 s to the entrance instead of 20 + 60.
    assert found["q2", "bus-est"][0] == seconds + 20


def test_without_steps_the_way_is_longer_or_there_is_none() -> None:
    found = changes(station(PATHWAYS), longest=400, wheelchair=True)
    assert found["q2", "bus-est"][0] == found["q1", "bus-est"][0] + 60
    stairs = changes(station(STAIRS_ONLY), longest=400, wheelchair=True)
    assert ("q1", "bus-est") in stairs
    assert ("q2", "bus-est") not in stairs
    assert ("bus-est", "q2") not in stairs


def test_an_exit_is_no_entrance() -> None:
    found = changes(station(["a,q1,est,7,1,10", "b,ouest,q1,1,0,10"]), longest=60)
    assert ("q1", "bus-est") in found
    assert ("bus-est", "q1") not in found
    assert ("bus-ouest", "q1") in found
    assert ("q1", "bus-ouest") not in found


def test_a_platform_on_the_street_needs_no_entrance() -> None:
    stops = STOPS.replace("47.9010,1.9000,0,gare,,", "47.9010,1.9021,0,gare,1,")
    found = changes(station(PATHWAYS, stops=stops), longest=400)
    assert found["q1", "bus-est"][0] < 20


def test_a_platform_without_an_entrance_is_reached_by_the_street() -> None:
    found = changes(station(PATHWAYS), longest=400)
    assert ("q3", "bus-est") in found
    # From the street, through an entrance, as a person would.
    assert found["q3", "q1"][1] > 0
    alone = changes(station(["a,est,hall,1,1,60"]), longest=400)
    assert ("q1", "bus-est") in alone
    assert ("q1", "q3") not in alone


def test_a_lift_in_doubt_is_avoided_where_another_way_is_sure() -> None:
    ramp = [*PATHWAYS, "g,hall,pont,1,1,200"]
    doubt = Impaired(frozenset({4}))
    assert changes(station(ramp), wheelchair=True)["q1", "q2"] == (100, 0)
    assert changes(station(ramp), wheelchair=True, impaired=doubt)["q1", "q2"] == (230, 0)
    # Without another way the change stays, to be displayed as in doubt.
    assert changes(station(PATHWAYS), wheelchair=True, impaired=doubt)["q1", "q2"] == (
        100,
        0,
    )

"""Shared bikes and scooters: they move, and both GBFS versions agree."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from demo.network.pathways import StationPathways
from demo.network.region import region
from demo.operators.daily_notices import daily_notices
from demo.operators.gbfs import WITH_GBFS, Gbfs, gbfs_of

OPERATORS = {operator.id: operator for operator in region()}
EIGHT = int(datetime(2026, 3, 3, 7, tzinfo=UTC).timestamp())
HOUR = 3600
ADDRESS = "http://127.0.0.1/tao/gbfs"


def gbfs(operator_id: str) -> Gbfs:
    found = gbfs_of(OPERATORS[operator_id], seed=1)
    assert found is not None
    return found


def stations(operator_id: str, at: int) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = gbfs(operator_id).file("station_status", at, ADDRESS)["data"][
        "stations"
    ]
    return content


def test_only_some_towns_have_shared_vehicles() -> None:
    assert {id_ for id_, each in OPERATORS.items() if gbfs_of(each, seed=1)} == {*WITH_GBFS}


def test_the_first_file_names_the_others() -> None:
    for operator_id, feeds in (("tao", lambda data: data), ("agglobus", lambda data: data["fr"])):
        system = gbfs(operator_id)
        listed = feeds(system.file("gbfs", EIGHT, ADDRESS)["data"])["feeds"]
        assert {each["name"] for each in listed} == {*system.names}
        assert all(each["url"] == f"{ADDRESS}/{each['name']}.json" for each in listed)


def test_a_notice_of_a_lift_names_a_stop_and_no_bike_station() -> None:
    systems = (gbfs(id_).file("station_information", EIGHT, ADDRESS) for id_ in WITH_GBFS)
    written = str([each["data"]["stations"] for each in systems])
    mondays = [date(2026, 3, 2) + timedelta(days=7 * week) for week in range(52)]
    for operator_id, mode in (("tao", "tram"), ("filbleu", "tram"), ("sncf", "gare")):
        operator = OPERATORS[operator_id]
        for monday in mondays:
            lift = next(iter(daily_notices(operator, monday, seed=1)))
            (about,) = lift.about
            name = operator.stop_by_id[about.stop].name
            assert lift.header.fr == f"{name} ({mode}) : ascenseur hors service"
            assert repr(name) not in written


def test_the_lift_of_two_platforms_is_a_place_of_the_published_pathways() -> None:
    notices = daily_notices(OPERATORS["sncf"], date(2026, 3, 2), seed=1)
    (lift,) = (each for each in notices if each.id.startswith("ascenseur-voies"))
    places = StationPathways(OPERATORS["sncf"])
    lifts = [row for row in places.pathways() if row[3] == 5]
    assert lift.about[0].stop in {end for row in lifts for end in row[1:3]}


def test_a_station_holds_what_it_can_and_follows_the_day() -> None:
    known = gbfs("tao").file("station_information", EIGHT, ADDRESS)["data"]["stations"]
    capacity = {station["station_id"]: station["capacity"] for station in known}
    totals = []
    for hour in range(0, 24, 2):
        content = stations("tao", EIGHT + hour * HOUR)
        for station in content:
            there = station["num_vehicles_available"] + station["num_vehicles_disabled"]
            assert there + station["num_docks_available"] == capacity[station["station_id"]]
            seen = datetime.fromisoformat(station["last_reported"]).timestamp()
            assert 0 <= EIGHT + hour * HOUR - seen < 300
        totals.append([station["num_vehicles_available"] for station in content])
    assert len({tuple(each) for each in totals}) == len(totals)


def test_a_free_vehicle_that_was_ridden_has_another_id_and_place() -> None:
    def bikes(at: int) -> dict[str, tuple[float, float]]:
        content = gbfs("agglobus").file("free_bike_status", at, ADDRESS)["data"]["bikes"]
        return {bike["bike_id"]: (bike["lat"], bike["lon"]) for bike in content}

    now, soon, later = (bikes(EIGHT + seconds) for seconds in (0, 60, 3 * HOUR))
    assert len(now) > 40
    assert all(now[id_] == place for id_, place in soon.items() if id_ in now)
    assert len(now.keys() & soon.keys()) > 40
    assert not now.keys() & later.keys()


def test_the_versions_differ_as_in_the_standard() -> None:
    new, old = (gbfs(id_).file("vehicle_types", EIGHT, ADDRESS) for id_ in WITH_GBFS)
    assert (new["version"], old["version"]) == ("3.0", "2.3")
    assert isinstance(new["last_updated"], str)
    assert old["last_updated"] == EIGHT
    assert new["data"]["vehicle_types"][0]["name"][0]["language"] == "fr"
    assert {vehicle_type["form_factor"] for vehicle_type in old["data"]["vehicle_types"]} == {
        "bicycle",
        "scooter_standing",
    }

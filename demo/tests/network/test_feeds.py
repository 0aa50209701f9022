"""The feeds themselves: size, ids, platforms, access, colours, the same bytes for the same seed."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from published import TODAY, published

from demo.network.draft import luminance
from demo.network.gtfs import gtfs_zip
from demo.network.region import region

EACH = [operator.id for operator in region()]


def test_the_default_region_is_of_the_size_it_should_be() -> None:
    assert EACH == ["sncf", "remi", "tao", "filbleu", "azalys", "agglobus", "filibus"]
    assert 1_000 <= sum(len(each.stops) for each in region()) <= 1_500
    assert 6_000 <= sum(len(each.runs) for each in region()) <= 9_000
    assert len([line for line in region()[0].lines if line.route_type == 2]) == 19


@pytest.mark.parametrize(
    ("scale", "stops", "runs"),
    [
        (2, range(4_000, 5_001), range(10_000, 12_001)),
        pytest.param(16, range(18_000, 22_001), range(53_000, 60_001), marks=pytest.mark.deep_only),
    ],
)
def test_it_grows_to_the_size_of_the_real_one(scale: int, stops: range, runs: range) -> None:
    large = region(scale)
    assert sum(len(each.stops) for each in large) in stops
    assert sum(len(each.runs) for each in large) in runs
    assert [line.id for line in large[0].lines] == [line.id for line in region()[0].lines]
    for each in large:
        assert len({stop.id for stop in each.stops}) == len(each.stops)
        assert len({run.trip_id for run in each.runs}) == len(each.runs)


def test_it_does_not_grow_beyond_it() -> None:
    with pytest.raises(ValueError, match="scale"):
        region(17)


def test_the_same_seed_gives_the_same_bytes_and_a_month_changes_them() -> None:
    one, other = region(1, 7), region.__wrapped__(1, 7)
    assert one is not other
    for a, b in zip(one, other, strict=True):
        assert gtfs_zip(a, date(2026, 11, 2)) == gtfs_zip(b, date(2026, 11, 30))
    tao, changed = region(1, 1)[2], region(1, 2)[2]
    assert gtfs_zip(tao, TODAY) != gtfs_zip(changed, TODAY)
    assert gtfs_zip(tao, TODAY) != gtfs_zip(tao, date(2026, 12, 1))


@pytest.mark.parametrize("operator_id", EACH)
def test_platforms_lie_in_stations_and_unknown_access_stays_unknown(operator_id: str) -> None:
    stops = published(operator_id).stops
    inside = [row for row in stops.values() if row["parent_station"]]
    platforms = [row for row in inside if row["location_type"] == "0"]
    assert platforms
    for row in platforms:
        parent = stops[row["parent_station"]]
        assert parent["location_type"] == "1"
        assert parent["stop_name"] == row["stop_name"]
        assert row["platform_code"]
    assert {row["wheelchair_boarding"] for row in stops.values()} == {"0", "1", "2"}
    calls = published(operator_id).tables["stop_times"]
    served = {row["stop_id"] for row in calls if row["stop_id"]}
    assert all(stops[stop]["location_type"] == "0" for stop in served)


def test_every_platform_of_orleans_is_joined_with_an_entrance_without_steps() -> None:
    stops = published("sncf").stops
    rows = published("sncf").tables["pathways"]
    station = {id_: row for id_, row in stops.items() if row["parent_station"] == "87543009"}
    assert {row[end] for row in rows for end in ("from_stop_id", "to_stop_id")} == {*station}
    reached = {id_ for id_, row in station.items() if row["location_type"] == "2"}
    for _ in station:
        for row in rows:
            ends = {row["from_stop_id"], row["to_stop_id"]}
            if row["pathway_mode"] != "2" and ends & reached:
                reached |= ends
    assert reached == {*station}
    assert {row["pathway_mode"] for row in rows} == {"1", "2", "5"}


def test_each_tram_station_has_two_platforms_a_line() -> None:
    stops = published("tao").stops
    at_de_gaulle = {
        r["platform_code"] for r in stops.values() if r["parent_station"] == "de-gaulle"
    }
    assert at_de_gaulle == {"A1", "A2", "B1", "B2"}
    parents = Counter(
        row["parent_station"]
        for row in published("filbleu").stops.values()
        if row["platform_code"] in {"A1", "A2"}
    )
    assert len(parents) == 28
    assert set(parents.values()) == {2}


def test_known_stations_bear_their_uic_code() -> None:
    stops = published("sncf").stops
    assert stops["87571000"]["stop_name"] == "Tours"
    assert stops["87543009"]["stop_code"] == "87543009"


@pytest.mark.parametrize("operator_id", EACH)
def test_times_go_forward_and_vehicles_are_at_one_place_at_a_time(operator_id: str) -> None:
    operator = next(each for each in region() if each.id == operator_id)
    for run in operator.runs:
        for one, other in pairwise(run.calls):
            assert one.arrival <= one.departure < other.arrival
    blocks: dict[str, list[tuple[int, int]]] = {}
    for run in operator.runs:
        if run.block:
            blocks.setdefault(run.block, []).append((run.start, run.end))
    assert len(blocks) < sum(map(len, blocks.values()))
    for times in blocks.values():
        assert all(one[1] < other[0] for one, other in pairwise(sorted(times)))


@pytest.mark.parametrize("operator_id", EACH)
def test_line_names_can_be_read_on_their_colour(operator_id: str) -> None:
    for row in published(operator_id).tables["routes"]:
        dark, light = sorted(luminance(row[c]) for c in ("route_color", "route_text_color"))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("operator_id", EACH)
def test_each_feed_states_that_it_is_invented(operator_id: str) -> None:
    tables = published(operator_id).tables
    statements = (
        tables["feed_info"][0]["feed_publisher_name"],
        tables["attributions"][0]["organization_name"],
    )
    assert all(
        "démonstration" in text for text in (*statements, tables["agency"][0]["agency_name"])
    )


def test_lines_on_demand_are_booked_by_telephone() -> None:
    feed = published("tao")
    booked = [row for row in feed.tables["stop_times"] if row["pickup_type"] == "2"]
    rules = {row["booking_rule_id"]: row for row in feed.tables["booking_rules"]}
    assert {feed.trips[row["trip_id"]]["route_id"][:4] for row in booked} == {"RESA"}
    assert all(rules[row["pickup_booking_rule_id"]]["booking_type"] == "1" for row in booked)


def test_a_van_takes_people_from_a_village_to_a_station_and_back() -> None:
    feed = published("remi")
    van = [
        row for row in feed.tables["stop_times"] if row["location_id"] or row["location_group_id"]
    ]
    places = [row["location_id"] or row["location_group_id"] for row in van]
    assert places == ["zone-talcy", "gare-de-mer", "gare-de-mer", "zone-talcy"]
    rules = {row["booking_rule_id"] for row in feed.tables["booking_rules"]}
    assert {row["pickup_booking_rule_id"] for row in van} - {""} == rules
    (member,) = feed.tables["location_group_stops"]
    assert feed.stops[member["stop_id"]]["stop_name"].startswith("Mer")


@pytest.mark.parametrize("operator_id", EACH)
def test_the_rules_of_gtfs_find_no_error(operator_id: str, tmp_path: Path) -> None:
    operator = next(each for each in region() if each.id == operator_id)
    some = replace(operator, runs=operator.runs[::8])  # enough to see every line, and quick
    (tmp_path / "feed.zip").write_bytes(gtfs_zip(some, TODAY))
    program = Path(sys.executable).with_name("gtfs-validator")
    arguments = ("-i", tmp_path / "feed.zip", "-o", tmp_path, "-c", "FR", "-d", TODAY.isoformat())
    subprocess.run((program, *arguments), check=True, capture_output=True)
    notices = json.loads((tmp_path / "report.json").read_text())["notices"]
    assert [each for each in notices if each["severity"] == "ERROR"] == []


@pytest.mark.parametrize(("operator_id", "prefix"), [("tao", "RESA-"), ("filbleu", "RESABUS-")])
def test_each_on_demand_zone_lies_in_its_direction(operator_id: str, prefix: str) -> None:
    operator = next(each for each in region() if each.id == operator_id)
    places = {stop.id: stop for stop in operator.stops}
    latitude: dict[str, float] = {}
    longitude: dict[str, float] = {}
    for run in operator.runs:
        line = run.pattern.line.id
        if line.startswith(prefix):
            stops = [places[each] for each in run.pattern.stops]
            zone = line.removeprefix(prefix)
            latitude[zone] = sum(stop.lat for stop in stops) / len(stops)
            longitude[zone] = sum(stop.lon for stop in stops) / len(stops)
    assert latitude["NORD"] > latitude["SUD"] + 0.01
    if "EST" in longitude:
        assert longitude["EST"] > longitude["OUEST"] + 0.01


def test_one_network_has_fares_v1_and_another_v2() -> None:
    files = {"fare_attributes", "fare_products", "fare_leg_rules", "fare_transfer_rules"}
    found = {each: files & published(each).tables.keys() for each in EACH}
    assert found.pop("azalys") == {"fare_attributes"}
    assert found.pop("tao") == files - {"fare_attributes"}
    assert not any(found.values())
    (ticket,) = published("azalys").tables["fare_attributes"]
    assert (ticket["price"], ticket["transfers"], ticket["transfer_duration"]) == (
        "1.30",
        "",
        "3600",
    )
    tables = published("tao").tables
    rider, product = tables["rider_categories"][0], tables["fare_products"][0]
    assert rider["is_default_fare_category"] == "1"
    assert product["rider_category_id"] == rider["rider_category_id"]

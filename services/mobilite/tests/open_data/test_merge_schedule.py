"""The region's merged schedule: written in a process, read back by our own importer, the same
boards.
"""

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from boards import City, paris
from cities import LINE, notes_of, timetable_from_text
from hypothesis import HealthCheck, given, settings
from random_cities import cities
from region import REMI, TAO, Region, files_of, small_region

from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.open_data.adapters.merged_gtfs import write_merged
from mobilite.open_data.flows.merge_schedule import MergedSchedule
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report, ReportLine
from socle.errors import Refusal
from socle.testing import sized, until

DAYS = ("2026-03-02", "2026-03-07", "2026-04-04", "2026-04-06")
"""A Monday, a Saturday, one that runs as a weekday, and a holiday."""


def lines(city: City, stop: str, day: str) -> list[tuple[Any, ...]]:
    """What a traveller reads of a day at a stop, ids local to the operator."""
    board = city.board(stop, at=paris("00:00:00", day), limit=100)["departures"]
    return [
        (
            each["scheduled"],
            each["trip_id"].split(":")[-1],
            each["start_date"],
            each["start_time"],
            each["headsign"],
            each["route"]["short_name"],
            each["route"]["long_name"],
            each["route"]["color"],
            each["platform_code"],
            each["pickup"],
            each["approximate"],
            each["wheelchair"],
        )
        for each in board
    ]


async def test_the_merged_schedule_gives_the_same_boards(tmp_path: Path) -> None:
    region = small_region(tmp_path)
    merged = City(now=region.city.now)
    merged.schedule(files_of(await region.made()), "region")
    seen = 0
    for feed_id, stops in (("tao", ("gare", "gare-A2", "martroi", "loire")), ("remi", ("gare",))):
        source = City(now=region.city.now)
        source.schedule({"tao": TAO, "remi": REMI}[feed_id], feed_id)
        for stop in stops:
            for day in DAYS:
                own = lines(source, f"{feed_id}:{stop}", day)
                assert lines(merged, f"region:{feed_id}:{stop}", day) == own
                seen += len(own)
    assert seen > 100


async def test_names_places_and_links_come_through(tmp_path: Path) -> None:
    region = small_region(tmp_path)
    report = Report()
    timetable = read_timetable(await region.made(), FeedId("region"), report, ArchiveLimits())
    # The licences of attributions.txt, which GTFS does not know.
    unread = ReportLine(
        "attributions.txt",
        "unread_field",
        "Champs qui ne sont pas lus : licence, licence_url.",
        2,
        ("licence", "licence_url"),
    )
    assert [line for line in report.lines() if line.code != "interpolated"] == [unread]
    gare = timetable.stop_ids.index_of("tao:gare-A1")
    assert gare is not None
    assert timetable.stop_ids[int(timetable.stop_parent[gare])] == "tao:gare"
    notes = notes_of(timetable)
    assert {"stop_id": "tao:gare-A1", "level_id": "tao:quai"} in notes["stop_levels"]
    assert {each["pathway_id"] for each in notes["pathways"]} == {"tao:p1", "tao:p2"}
    (narrow,) = notes["transfers_by_trip"]
    assert (narrow["from_stop_id"], narrow["to_route_id"]) == ("tao:martroi", "tao:2")
    assert timetable.transfer_seconds.tolist() == [120]
    assert list(timetable.agency_ids) == ["remi:agency", "tao:tram", "tao:bus"]
    assert notes["feed_info"][0]["feed_version"] == region.schedule.version().id


@pytest.mark.deep
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=sized(10, deep=100),
    deadline=None,
)
@given(city=cities())
def test_any_city_survives_the_merge(
    tmp_path: Path, city: tuple[Mapping[str, str], list[str]]
) -> None:
    region = Region(tmp_path)
    region.add("x", city[0])
    version = region.schedule.version()
    write_merged(
        version.feeds,
        tmp_path,
        tmp_path / "merged.zip",
        version=version.id,
        publisher=version.publisher,
    )
    merged = timetable_from_text(files_of(tmp_path / "merged.zip"), "m")
    source = timetable_from_text(city[0], "x")
    for column in ("call_stop", "call_arrival", "call_departure", "call_sequence", "trip_start"):
        assert getattr(merged, column).tolist() == getattr(source, column).tolist()
    days = range(source.first_day, source.first_day + source.service_days.shape[1])
    for day in (ServiceDate(date.fromordinal(day)) for day in days):
        assert [merged.runs_on(trip, day) for trip in range(len(merged.trip_ids))] == [
            source.runs_on(trip, day) for trip in range(len(source.trip_ids))
        ]


async def test_the_same_versions_give_the_same_bytes(tmp_path: Path) -> None:
    bodies = set()
    for name, order in (("one", ("tao", "remi")), ("two", ("remi", "tao"))):
        region = Region(tmp_path / name)
        for feed_id in order:
            region.add(feed_id, {"tao": TAO, "remi": REMI}[feed_id])
        bodies.add((await region.made()).read_bytes())
    assert len(bodies) == 1


async def test_a_new_version_is_made_while_the_former_one_goes_out(tmp_path: Path) -> None:
    region = small_region(tmp_path)
    with pytest.raises(Refusal) as raised:
        region.schedule.current()
    assert raised.value.details["retry_after"] > 0
    task = asyncio.create_task(region.schedule.run())
    await until(lambda: region.shelf.latest() is not None)
    former = region.schedule.current()
    region.add("remi", {**REMI, "routes.txt": REMI["routes.txt"].replace("Blois", "Blois !")})
    assert region.schedule.current() == former
    await until(lambda: region.schedule.current() != former)
    assert region.schedule.current().version == region.schedule.version().id
    assert "Blois !" in files_of(region.schedule.current().path)["routes.txt"]
    assert former.path.exists()  # for whoever is about to read it
    task.cancel()
    await asyncio.wait([task])


async def test_a_replica_is_ready_once_each_feed_is_in_its_file(tmp_path: Path) -> None:
    region = Region(tmp_path)
    assert region.schedule.why_not() is None  # boards do not wait for a first import
    region.add("tao", TAO)
    assert region.schedule.why_not() == "pas encore dans l'horaire régional : tao"
    task = asyncio.create_task(region.schedule.run())
    await until(lambda: region.schedule.why_not() is None)
    assert region.schedule.current().version == region.schedule.version().id
    region.add("tao", {**TAO, "agency.txt": TAO["agency.txt"].replace("Tram", "Trams")})
    assert region.schedule.why_not() is None  # the former file is downloaded meanwhile
    region.add("remi", REMI)
    assert region.schedule.why_not() == "pas encore dans l'horaire régional : remi"
    await until(lambda: region.schedule.why_not() is None)
    assert "remi:" in files_of(region.schedule.current().path)["stops.txt"]
    task.cancel()
    await asyncio.wait([task])


async def test_boards_do_not_wait_for_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    region = small_region(tmp_path)
    (tmp_path / f"{region.serving[FeedId('remi')]}.timetable").unlink()
    task = asyncio.create_task(region.schedule.run())
    await until(lambda: region.schedule.why_not() is None)
    assert region.shelf.latest() is None
    task.cancel()
    await asyncio.wait([task])


async def test_the_first_to_request_waits_a_moment_for_it(tmp_path: Path) -> None:
    region = small_region(tmp_path)
    with pytest.raises(Refusal, match="préparation"):
        await region.schedule.wait_for_first()
    patient = MergedSchedule(
        region.city.live,
        region.shelf,
        serving=lambda: region.serving,
        publisher=("Région Lab", "https://www.example.org"),
        patience=60,
    )
    task = asyncio.create_task(patient.run())
    assert (await patient.wait_for_first()).version == patient.version().id
    task.cancel()
    await asyncio.wait([task])


async def test_a_packed_file_that_is_gone_fails_alone(tmp_path: Path) -> None:
    region = small_region(tmp_path)
    (tmp_path / f"{region.serving[FeedId('remi')]}.timetable").unlink()
    with pytest.raises(Refusal) as raised:
        await region.made()
    assert raised.value.category == "unavailable"
    assert list((tmp_path / "merged").iterdir()) == []


async def test_without_any_schedule_there_is_none_to_wait_for(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="Aucun horaire"):
        Region(tmp_path).schedule.current()


async def test_rows_that_name_what_was_dropped_are_dropped(tmp_path: Path) -> None:
    region = Region(tmp_path)
    region.add(
        "f",
        {
            **LINE,
            "transfers.txt": "from_stop_id,to_stop_id,from_trip_id,to_trip_id,transfer_type\n"
            "s1,s2,t,ghost,1\ns1,s2,t,,1\n",
            "attributions.txt": "attribution_id,route_id,organization_name\n1,ghost,X\n2,r,Y\n",
        },
    )
    files = files_of(await region.made())
    assert "ghost" not in files["transfers.txt"] + files["attributions.txt"]
    assert "f:t" in files["transfers.txt"]
    assert "f:own-1,,f:r,,Y" in files["attributions.txt"]

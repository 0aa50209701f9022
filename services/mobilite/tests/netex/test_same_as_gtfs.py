"""The NeTEx of a feed says the same as its GTFS: read back by its elements, beside gtfs-kit."""

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import gtfs_kit
import pytest
from cities import timetable_from_text, write_zip
from hypothesis import HealthCheck, given, settings
from netex_cities import CITIES, document, written
from netex_reader import Call, Journey, NetexReader
from random_cities import cities

from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.run_trip import TimetableTrip
from mobilite.siri.api.references import journey_code
from mobilite.timetable.domain.timetable import Timetable
from socle.testing import sized

DAYS = [date(2026, 2, 9) + timedelta(days=day) for day in range(60)]
"""Dates with every exception of the cities, and the end of a period."""


def in_gtfs(feed_id: str, path: Path) -> list[Journey]:
    """The journeys of a city, read by gtfs-kit; a time that GTFS leaves out is -1."""
    feed: Any = gtfs_kit.read_feed(write_zip(path, CITIES[feed_id]), dist_units="km")
    services = {day: feed.get_active_services(f"{day:%Y%m%d}") for day in DAYS}
    found = []
    for trip in feed.trips.astype(object).fillna("").to_dict("records"):
        rows = feed.stop_times[feed.stop_times.trip_id == trip["trip_id"]]
        ordered = rows.sort_values("stop_sequence").to_dict("records")
        calls = [_call(row, trip, feed_id) for row in ordered]
        for shift, code in _runs(feed, trip["trip_id"], calls[0].departure):
            found.append(
                Journey(
                    f"{feed_id}:{code}",
                    f"{feed_id}:{trip['route_id']}",
                    {0: "outbound", 1: "inbound"}.get(trip.get("direction_id", ""), ""),
                    frozenset(day for day in DAYS if trip["service_id"] in services[day]),
                    tuple(
                        call._replace(
                            arrival=call.arrival + shift, departure=call.departure + shift
                        )
                        for call in calls
                    ),
                )
            )
    return found


def _call(row: dict[str, Any], trip: dict[str, Any], feed_id: str) -> Call:
    own = row.get("stop_headsign")
    return Call(
        f"{feed_id}:{row['stop_id']}",
        _seconds(row["arrival_time"]),
        _seconds(row["departure_time"]),
        row.get("pickup_type", 0) != 1,
        row.get("drop_off_type", 0) != 1,
        own if isinstance(own, str) and own else trip.get("trip_headsign", ""),
    )


def _seconds(text: Any) -> int:
    if not isinstance(text, str):
        return -1
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def _runs(feed: Any, trip_id: str, departure: int) -> list[tuple[int, str]]:
    """By how much each run of a trip is later than its stop_times, and its id: one with exact times
    has its start."""
    if feed.frequencies is None:
        return [(0, trip_id)]
    rows = feed.frequencies[feed.frequencies.trip_id == trip_id].to_dict("records")
    starts = [
        (start - departure, _with_start(trip_id, start) if row["exact_times"] == 1 else trip_id)
        for row in rows
        for start in range(
            _seconds(row["start_time"]), _seconds(row["end_time"]), int(row["headway_secs"])
        )
    ]
    return starts or [(0, trip_id)]


def _with_start(trip_id: str, start: int) -> str:
    return f"{trip_id}:{start // 3600:02}:{start // 60 % 60:02}:{start % 60:02}"


def order(journey: Journey) -> tuple[str, int]:
    return journey.trip, journey.calls[0].departure


@pytest.mark.parametrize("feed_id", CITIES)
def test_every_journey_is_the_one_of_gtfs(feed_id: str, tmp_path: Path) -> None:
    expected = sorted(in_gtfs(feed_id, tmp_path / "gtfs.zip"), key=order)
    read = sorted(NetexReader(document(feed_id)).journeys(), key=order)
    assert [each.trip for each in read] == [each.trip for each in expected]
    for read_back, peer in zip(read, expected, strict=True):
        timed = tuple(
            call._replace(arrival=-1, departure=-1) if gtfs.arrival < 0 else call
            for call, gtfs in zip(read_back.calls, peer.calls, strict=True)
        )
        assert (read_back.line, read_back.direction, read_back.days & {*DAYS}, timed) == (
            peer.line,
            peer.direction,
            peer.days,
            peer.calls,
        )


@pytest.mark.parametrize("feed_id", CITIES)
def test_every_stop_and_line_is_the_one_of_gtfs(feed_id: str, tmp_path: Path) -> None:
    feed: Any = gtfs_kit.read_feed(write_zip(tmp_path / "g.zip", CITIES[feed_id]), dist_units="km")
    netex = NetexReader(document(feed_id))
    places = {netex.code(each): each for each in netex.all("StopPlace")}
    quays = {netex.code(each): each for each in netex.all("Quay")}
    for stop in feed.stops.to_dict("records"):
        code, kind = f"{feed_id}:{stop['stop_id']}", stop.get("location_type", 0)
        if kind == 2 or (isinstance(kind, float) and math.isnan(kind)):
            continue
        each = (places if kind == 1 else quays)[code]
        assert netex.text(each, "Name") == stop["stop_name"]
        if not math.isnan(stop["stop_lat"]):
            for name, column in (("Latitude", "stop_lat"), ("Longitude", "stop_lon")):
                degrees = float(netex.text(each, f"Centroid/Location/{name}"))
                assert degrees == pytest.approx(stop[column])
        if kind != 1:
            parent = stop.get("parent_station")
            station = parent if isinstance(parent, str) and parent else stop["stop_id"]
            assert netex.code(netex.referred(each, "Site")) == f"{feed_id}:{station}"
    lines = {netex.code(each): each for each in netex.all("Line")}
    assert set(lines) == {f"{feed_id}:{route}" for route in feed.routes.route_id}
    for route in feed.routes.astype(object).fillna("").to_dict("records"):
        line = lines[f"{feed_id}:{route['route_id']}"]
        assert netex.text(line, "ShortName") == route.get("route_short_name", "")
        assert netex.text(line, "Presentation/Colour") == route.get("route_color", "")


@settings(
    max_examples=sized(5, deep=300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cities())
def test_a_random_city_has_every_time(city: tuple[dict[str, str], list[str]]) -> None:
    files, _ = city
    timetable = timetable_from_text(files, "f")
    netex = NetexReader(written(files, "f"))
    assert netex.dangling() == []
    expected = sorted(
        (
            f"f:{_code(timetable, trip)}",
            [
                (timetable.call_arrival[call], timetable.call_departure[call])
                for call in range(*timetable.trip_first[trip : trip + 2])
            ],
            timetable.service_days[timetable.trip_service[trip]].sum(),
        )
        for trip in range(len(timetable.trip_ids))
    )
    read = sorted(
        (each.trip, [call[1:3] for call in each.calls], len(each.days)) for each in netex.journeys()
    )
    assert read == expected


def _code(timetable: Timetable, trip: int) -> str:
    start, trip_id = int(timetable.trip_start[trip]), timetable.trip_ids[trip]
    exact = start >= 0 and timetable.trip_exact_times[trip] != 0
    return _with_start(trip_id, start) if exact else trip_id


def test_a_run_has_the_id_of_siri() -> None:
    timetable = timetable_from_text(CITIES["nuit"], "nuit")
    netex = NetexReader(document("nuit"))
    codes = [netex.code(each) for each in netex.all("ServiceJourney")]
    assert {"nuit:x", "nuit:exact:07:30:00", "nuit:exact:24:30:00"} < set(codes)
    assert codes == [
        journey_code(FeedId("nuit"), TimetableTrip(timetable, trip))
        for trip in range(len(timetable.trip_ids))
    ]

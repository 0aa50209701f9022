"""Files stored as published are republished with global ids, each reference with its object's."""

import csv
import io
import json
from pathlib import Path

from cities import imported, notes_of, timetable_from_text
from fares import BROKEN, COMPLETE
from on_demand import FLEX_ONLY
from region import REMI, Region, files_of

from mobilite.gtfs.domain.published_files import LOCATIONS
from mobilite.packing.adapters.gtfs_columns import COLUMNS

Rows = list[dict[str, str]]


async def merged(folder: Path, **feeds: dict[str, str]) -> dict[str, str]:
    region = Region(folder)
    for feed_id, files in feeds.items():
        region.add(feed_id, files)
    return files_of(await region.made())


def rows(text: str) -> Rows:
    """The rows of a file without empty values."""
    return [
        {name: value for name, value in row.items() if value}
        for row in csv.DictReader(io.StringIO(text))
    ]


async def test_every_value_of_a_feed_is_republished(tmp_path: Path) -> None:
    files = await merged(tmp_path, f=COMPLETE)
    again, report = imported(files, "m")
    prefixed = timetable_from_text(COMPLETE, "x")
    assert again.agency_phones[0] == "02 38 00 00 00"
    assert again.agency_emails[0] == "contact@example.org"
    assert again.agency_languages[0] == "fr"
    assert again.agency_fare_urls[0] == "https://www.example.org/tarifs"
    for column in (
        "route_continuous_pickup",
        "route_continuous_drop_off",
        "stop_access",
        "trip_cars",
        "call_continuous_pickup",
    ):
        assert getattr(again, column).tolist() == getattr(prefixed, column).tolist(), column
    assert list(again.stop_spoken) == list(prefixed.stop_spoken)
    assert [again.text(row) for row in again.call_pickup_booking.tolist()] == [
        "",
        "",
        "f:heure",
        "",
    ]
    lost = {line.file for line in report.values() if line.code != "unread_field"}
    assert lost == set()


async def test_every_reference_carries_the_prefix_of_its_feed(tmp_path: Path) -> None:
    files = await merged(tmp_path, f=COMPLETE)
    ids = 0
    for name, text in files.items():
        if name in (LOCATIONS, "feed_info.txt", "translations.txt"):
            continue
        for row in rows(text):
            for column, value in row.items():
                if column.endswith("_id") and column not in ("direction_id", "attribution_id"):
                    assert value.startswith("f:"), (name, row)
                    assert not value.startswith("f:f:")
                    ids += 1
    assert ids > 80
    assert {name.removesuffix(".txt") for name in files} >= {
        name for name in COLUMNS if f"{name}.txt" in COMPLETE and name not in ("calendar_dates",)
    }


async def test_rows_about_what_does_not_exist_are_left_out(tmp_path: Path) -> None:
    files = await merged(tmp_path, f=BROKEN)
    assert "perdu" not in "".join(files.values())
    assert rows(files["fare_rules.txt"]) == [
        {"fare_id": "f:ticket", "route_id": "f:r", "origin_id": "f:Z1", "destination_id": "f:Z2"}
    ]
    assert [row["translation"] for row in rows(files["translations.txt"])] == [
        "Station",
        "Lake",
        "Bus",
        "By phone",
    ]


async def test_amounts_stay_as_published_and_a_fare_names_its_only_agency(tmp_path: Path) -> None:
    files = await merged(tmp_path, f=COMPLETE, remi=REMI)
    (fare,) = rows(files["fare_attributes.txt"])
    assert (fare["price"], fare["agency_id"], "transfers" in fare) == ("1.50", "f:a", False)
    assert [row["amount"] for row in rows(files["fare_products.txt"])] == ["1.50", "0.00"]


async def test_a_rule_without_a_network_is_about_its_own_feed_only(tmp_path: Path) -> None:
    files = await merged(tmp_path, f=COMPLETE, remi=REMI)
    assert rows(files["route_networks.txt"]) == [
        {"network_id": "f:bus", "route_id": "f:r"},
        {"network_id": "f:other", "route_id": "f:tad"},
        {"network_id": "f:other", "route_id": "f:d"},
    ]
    assert [row["network_id"] for row in rows(files["networks.txt"])] == ["f:bus", "f:other"]
    urban, rural = rows(files["fare_leg_rules.txt"])
    assert urban["network_id"] == "f:bus"
    assert rural == {
        "leg_group_id": "f:rural",
        "network_id": "f:other",
        "fare_product_id": "f:unite",
    }
    assert rows(files["fare_transfer_rules.txt"]) == [
        {
            "from_leg_group_id": "f:urbain",
            "to_leg_group_id": "f:rural",
            "fare_transfer_type": "0",
            "fare_product_id": "f:suite",
        }
    ]


async def test_the_services_of_timeframes_and_booking_rules_are_published(tmp_path: Path) -> None:
    files = await merged(tmp_path, f=COMPLETE)
    assert {row["service_id"] for row in rows(files["calendar.txt"])} == {"f:daily", "f:bureau"}
    assert rows(files["feed_info.txt"])[0]["feed_end_date"] == "20261231"


async def test_translations_of_the_same_words_are_written_once(tmp_path: Path) -> None:
    files = await merged(tmp_path, f=COMPLETE, g=COMPLETE)
    written = [row for row in rows(files["translations.txt"]) if row["translation"] == "Bus"]
    assert len(written) == 1
    assert len(rows(files["translations.txt"])) == 7


async def test_flex_trips_and_their_zones_are_republished(tmp_path: Path) -> None:
    files = await merged(tmp_path, f=COMPLETE, g=FLEX_ONLY, remi=REMI)
    zones = json.loads(files[LOCATIONS])["features"]
    assert [zone["id"] for zone in zones] == ["f:campagne", "g:campagne"]
    assert zones[0]["properties"] == {"stop_name": "Campagne"}
    again, _ = imported(files, "m")
    notes = notes_of(again)
    assert [trip["trip_id"] for trip in notes["flex_trips"]] == ["f:zone", "f:groupe", "g:zone"]
    calls = notes["flex_stop_times"]
    assert len(calls) == 7
    assert next(call for call in calls if call["trip_id"] == "f:zone") == {
        "trip_id": "f:zone",
        "location_id": "f:campagne",
        "stop_sequence": 1,
        "start_pickup_drop_off_window": "08:00:00",
        "end_pickup_drop_off_window": "12:00:00",
        "pickup_type": 2,
        "drop_off_type": 1,
        "pickup_booking_rule_id": "f:veille",
    }
    assert list(again.trip_ids) == ["f:t", "f:devie", "remi:a1"]


async def test_a_region_without_such_files_has_none_of_their_columns(tmp_path: Path) -> None:
    files = await merged(tmp_path, remi=REMI)
    assert files["stop_times.txt"].startswith(
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,stop_headsign,"
        "pickup_type,drop_off_type,shape_dist_traveled,timepoint\n"
    )
    assert set(files) == {
        "agency.txt",
        "stops.txt",
        "routes.txt",
        "trips.txt",
        "stop_times.txt",
        "calendar.txt",
        "attributions.txt",
        "feed_info.txt",
    }

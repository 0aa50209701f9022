"""The offer of the demo's networks, against gtfs-kit reading the published zip on its own.

Not that of Rémi: gtfs-kit does not read calls without a stop, those of rides on demand.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from demo.network.gtfs import gtfs_zip
from demo.network.region import region
from mobilite.gtfs.domain.ids import FeedId
from mobilite.http.domain.date_ranges import DateRange
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import pack_feed
from mobilite.supply.adapters.supply_store import SupplyStore
from mobilite.supply.domain.supply_rows import SupplyQuery, SupplyRow
from mobilite.supply.domain.versions import SupplyVersion
from mobilite.timetable.adapters.packed_file import open_packed

TODAY = date(2026, 11, 25)
DAYS = (TODAY, date(2026, 11, 28), date(2026, 12, 25))
"""A Wednesday, a Saturday, and Christmas Day."""
OPERATORS = {operator.id: operator for operator in region()}


def computed(source: Path, feed_id: FeedId, folder: Path) -> SupplyStore:
    """The supply of a zip, as the platform computes it."""
    from mobilite.supply.adapters.supply_tables import write_supply  # takes seconds

    version = pack_feed(source, feed_id, folder, ArchiveLimits())
    timetable = open_packed(folder / f"{version.sha256}.timetable")
    write_supply(timetable, folder / "supply", version.sha256)
    store = SupplyStore(folder / "supply")
    store.adopt(feed_id, SupplyVersion(version.sha256, TODAY), oldest=TODAY)
    return store


def counted_by_gtfs_kit(source: Path) -> dict[tuple[date, str], Any]:
    """The figures of each route and date, from the text of the zip."""
    from gtfs_kit import read_feed

    feed = read_feed(source, dist_units="km").expand_frequencies().create_shapes()
    stats = feed.compute_trip_stats(compute_dist_from_shapes=True)
    names = {day.strftime("%Y%m%d"): day for day in DAYS}
    rows = feed.compute_route_stats([*names], stats)
    return {(names[row.date], row.route_id): row for row in rows.itertuples()}


def seconds(text: str) -> int:
    hours, minutes, rest = map(int, text.split(":"))
    return 3600 * hours + 60 * minutes + rest


@pytest.mark.parametrize("operator_id", ["azalys", "agglobus", "sncf"])
def test_gtfs_kit_counts_the_same_in_the_published_zip(operator_id: str, tmp_path: Path) -> None:
    source, feed_id = tmp_path / "gtfs.zip", FeedId(operator_id)
    source.write_bytes(gtfs_zip(OPERATORS[operator_id], TODAY))
    store, expected = computed(source, feed_id, tmp_path), counted_by_gtfs_kit(source)
    rows: list[SupplyRow] = []
    for day in DAYS:
        query = SupplyQuery(DateRange(day, day), (feed_id,), None, "route", "date")
        rows += store.list_rows(query, start=0, limit=10_000)[0]
    found = {(row.date, row.route_id or ""): row for row in rows}
    assert found.keys() == expected.keys()
    for key, row in found.items():
        other = expected[key]
        assert (row.trips, row.peak_vehicles) == (other.num_trips, other.peak_num_trips), key
        assert row.service_hours == pytest.approx(other.service_duration)
        assert row.service_km == pytest.approx(other.service_distance, rel=1e-4)
        assert (row.first_departure, row.last_arrival) == (
            seconds(other.start_time),
            seconds(other.end_time),
        )

"""The demo's feeds come through our own import without a remark, and gtfs-kit reads the same."""

from datetime import date
from pathlib import Path

import pytest

from demo.network.gtfs import gtfs_zip
from demo.network.pathways import StationPathways
from demo.network.region import region
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import pack_feed

OPERATORS = {operator.id: operator for operator in region()}


@pytest.mark.parametrize("operator_id", OPERATORS)
def test_a_demo_feed_is_imported_completely(operator_id: str, tmp_path: Path) -> None:
    operator = OPERATORS[operator_id]
    source = tmp_path / "gtfs.zip"
    source.write_bytes(gtfs_zip(operator, date(2026, 11, 25)))
    version = pack_feed(source, operator_id, tmp_path, ArchiveLimits())
    assert version.report == ()
    from gtfs_kit import read_feed  # takes seconds, and every worker imports every file

    read = read_feed(source, dist_units="km")
    vans = 2 if operator_id == "remi" else 0  # on demand, one in each direction
    assert len(read.trips) == len(operator.runs) + vans
    inside = len([*StationPathways(operator).stops()])
    assert len(read.stops) == len(operator.stops) + vans // 2 + inside

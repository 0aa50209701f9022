"""The fares of the demo region: two networks have some, with tickets of one hour."""

from datetime import date
from pathlib import Path

import pytest

from demo.network.gtfs import gtfs_zip
from demo.network.region import region
from mobilite.fares.domain.fare import FareRide
from mobilite.fares.flows.price_journey import JourneyFares
from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.report import Report

START = 1_795_590_000
"""Some instant in POSIX seconds."""


@pytest.mark.parametrize(
    ("operator_id", "expected"),
    [
        ("tao", ["1.80", "1.80", "3.60"]),
        ("azalys", ["1.30", "1.30", "2.60"]),
        ("agglobus", [None, None, None]),
    ],
)
def test_a_ticket_is_good_for_changes_within_an_hour(
    operator_id: str, expected: list[str | None], tmp_path: Path
) -> None:
    operator = next(each for each in region() if each.id == operator_id)
    source = tmp_path / "gtfs.zip"
    source.write_bytes(gtfs_zip(operator, date(2026, 11, 25)))
    feed = FeedId(operator_id)
    timetable = read_timetable(source, feed, Report(), ArchiveLimits())
    pattern = operator.patterns[0]

    def ride(minutes: int) -> FareRide:
        start = START + 60 * minutes
        return FareRide(feed, pattern.line.id, pattern.stops, start, start + 600)

    fares = JourneyFares()
    journeys = [ride(0)], [ride(0), ride(60)], [ride(0), ride(61)]
    found = [fares.price(rides, {feed: timetable}) for rides in journeys]
    assert [fare and str(fare.amount) for fare in found] == expected

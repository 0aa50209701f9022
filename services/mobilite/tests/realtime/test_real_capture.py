"""A capture of a real operator, decoded and matched: Redding, 8 June 2025."""

from collections import Counter
from datetime import datetime
from pathlib import Path

from boards import received

from mobilite.boards.flows.show_departures import get_board
from mobilite.feed_status.domain.match_counts import MatchCounts, count_matches
from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import Live, ServingSchedule
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_message
from mobilite.polling.adapters.decoding.trip_update import decode_trip_update

CAPTURED = datetime.fromisoformat("2025-06-08T21:08:10+00:00")
RABA = FeedId("raba")


def test_redding_matches_nine_trips_and_shows_forty_skipped_stops(real_feeds: Path) -> None:
    live = Live()
    timetable = read_timetable(real_feeds / "raba.zip", RABA, Report(), ArchiveLimits())
    live.install(ServingSchedule(timetable))
    body = (real_feeds / "raba-trip-updates.pb").read_bytes()
    published = decode_message(body, feed_id=RABA, source=0).statements
    live.follow_trip_updates(
        [
            received(
                record.key, decode_trip_update(each.content, feed_id=RABA, source=0)[0], CAPTURED
            )
            for record, each in published.items()
        ]
    )
    assert count_matches(live.state.snapshot.feed(RABA)) == {0: MatchCounts(matched=9)}
    displayed: Counter[str] = Counter()
    for stop in timetable.stop_ids:
        board = get_board(live.state, f"raba:{stop}", now=CAPTURED, limit=100)
        displayed.update(line.state for line in board.departures if line.place[3] <= 739411)
    assert displayed["skipped"] == 40
    assert displayed["predicted"] >= 1
    assert displayed["stale"] == 0

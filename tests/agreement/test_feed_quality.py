"""The measured quality of a demo feed equals what the simulator does.

From each full hour on, Azalys publishes the same message for forty minutes: it is fresh for a
minute, displayed for five, and fresh again after forty.
"""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from region_play import OperatorPlay

from demo.network.region import region
from demo.operators.silence import FROZEN_UNTIL
from mobilite.feed_quality.adapters.quality_files import QualityFiles
from mobilite.feed_quality.domain.quality_shares import shares_of
from mobilite.feed_quality.flows.record_quality import SECONDS, QualityRecorder
from mobilite.gtfs.domain.ids import FeedId

START = datetime(2026, 3, 3, 8, tzinfo=ZoneInfo("Europe/Paris"))
HOUR = 3600


async def test_an_hour_of_azalys_is_as_fresh_as_its_simulator(tmp_path: Path) -> None:
    azalys = next(operator for operator in region() if operator.id == "azalys")
    play = OperatorPlay(azalys, START, tmp_path, seed=1)
    files = QualityFiles(tmp_path / "feed-quality")
    recorder = QualityRecorder(
        lambda: play.live.state, files, play.clock, poll_interval=SECONDS, retention_days=400
    )
    for tick in range(HOUR // int(SECONDS) + 1):
        await play.poll(START + timedelta(seconds=SECONDS * tick))
        await recorder.measure()
    await recorder.store()
    day = files.load(START.date())[FeedId("azalys")]
    assert day.measured_s == HOUR
    # The interval in which it comes back counts as fresh: it has the state of its end.
    again = HOUR - FROZEN_UNTIL + SECONDS
    assert day.fresh_s == 60 + again
    assert day.recent_s == 300 + again
    shares = shares_of(day)
    assert shares.unmatched == 0.0
    assert 0.3 < (shares.trips_with_real_time or 0.0) < 0.5

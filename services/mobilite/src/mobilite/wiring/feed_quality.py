"""The quality of feeds, for the indicators role."""

from fastapi import FastAPI

from mobilite.events import FeedPollV1
from mobilite.feed_quality.adapters.quality_files import QualityFiles
from mobilite.feed_quality.adapters.quality_metrics import QualityGauges
from mobilite.feed_quality.api.feed_quality import feed_quality_router
from mobilite.feed_quality.flows.list_quality import QualityReader
from mobilite.feed_quality.flows.record_quality import QualityRecorder
from mobilite.live.flows import Live
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.wiring.live import after_catch_up
from mobilite.wiring.openapi import PREFIX
from mobilite.wiring.shared import Start
from socle.bus import Bus
from socle.service import RunningRole


def wire_feed_quality(
    given: Start, bus: Bus, live: Live, app: FastAPI, limiter: SearchLimiter
) -> RunningRole:
    """Add the endpoints of feed quality to `app`. Returns the tasks that measure it."""
    store = QualityFiles(given.settings.data / "feed-quality")
    recorder = QualityRecorder(
        lambda: live.state,
        store,
        given.clock,
        poll_interval=given.settings.poll_seconds,
        retention_days=given.settings.passages_days,
        require_caught_up=live.require_caught_up,
        measured=QualityGauges().set,
    )
    # A table of its own: every poll counts, and `live` has the last one of each address.
    polls = bus.follow(FeedPollV1, into=recorder.follow_polls)
    reader = QualityReader(lambda: live.state, store, recorder.current)
    router = feed_quality_router(reader, given.clock, limiter)
    router.add_to(app, prefix=PREFIX, dependencies=[after_catch_up(live)])
    return RunningRole(
        tasks={"feed_quality": recorder.run, "counted_polls": polls.run},
        checks={"counted_polls": polls.why_not},
    )

"""The estimates of delays, for the role that serves indicators."""

from fastapi import FastAPI

from mobilite.estimates.adapters.estimate_metrics import record_model
from mobilite.estimates.adapters.model_files import ModelFiles
from mobilite.estimates.api.trip_updates import add_estimates_feed
from mobilite.estimates.flows.estimate_delays import DelayEstimator
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import Live
from mobilite.sources.ports import ESTIMATES_FEED_PATH
from mobilite.wiring.shared import Start
from socle.service import RunningRole


def wire_estimates(given: Start, live: Live, declared: DeclaredFeeds, app: FastAPI) -> RunningRole:
    """Estimate the delays of the feeds that declare it, and serve them to the poll role."""

    def estimated() -> frozenset[FeedId]:
        return frozenset(feed.id for feed in declared.feeds if feed.estimate)

    models = ModelFiles(given.settings.data / "estimates")
    estimator = DelayEstimator(lambda: live.state, estimated, given.clock, models, record_model)
    add_estimates_feed(app, estimator.estimates, given.clock)
    return RunningRole(
        tasks={"estimates": estimator.run},
        # The poll role reads them without a gateway's token.
        internal_paths=(f"{ESTIMATES_FEED_PATH}/",),
    )

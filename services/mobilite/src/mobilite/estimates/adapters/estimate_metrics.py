"""How good the estimates are, in Prometheus."""

from typing import Final

from prometheus_client import Gauge

from mobilite.estimates.domain.delay_model import HORIZONS, DelayModel
from mobilite.gtfs.domain.ids import FeedId

_ERROR: Final = Gauge(
    "mobilite_estimate_error_seconds",
    "Mean absolute error of the delays estimated from positions, by seconds ahead.",
    ["feed", "ahead", "estimate"],
)
_OBSERVATIONS: Final = Gauge(
    "mobilite_estimate_observations",
    "Recent observations that the errors are of.",
    ["feed", "ahead"],
)


def record_model(feed_id: FeedId, model: DelayModel) -> None:
    """Publish the errors of a feed: those of the last delay, and of what is learned."""
    for category, ahead in enumerate(HORIZONS):
        error = model.error(category)
        _OBSERVATIONS.labels(feed_id, ahead).set(error.observations)
        _ERROR.labels(feed_id, ahead, "last_delay").set(error.last_delay)
        _ERROR.labels(feed_id, ahead, "learned").set(error.learned)

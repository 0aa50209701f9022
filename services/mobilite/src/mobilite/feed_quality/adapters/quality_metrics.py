"""Prometheus gauges of the quality of each feed today."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Gauge

from mobilite.feed_quality.domain.quality_day import QualityDay
from mobilite.feed_quality.domain.quality_shares import QualityShares, shares_of
from mobilite.gtfs.domain.ids import FeedId

_MEASURED = Gauge("mobilite_feed_measured_seconds", "Seconds of today measured.", ["feed"])
_GAUGES: Final[Mapping[str, Gauge]] = {
    "fresh_60s": Gauge(
        "mobilite_feed_fresh_ratio", "Share of measured time with data of up to 60 s.", ["feed"]
    ),
    "fresh_300s": Gauge(
        "mobilite_feed_recent_ratio", "Share of measured time with data of up to 300 s.", ["feed"]
    ),
    "errors": Gauge("mobilite_feed_poll_error_ratio", "Share of polls that failed.", ["feed"]),
    "matched_share": Gauge(
        "mobilite_feed_matched_ratio", "Share of trip updates about a known run.", ["feed"]
    ),
    "trips_with_real_time": Gauge(
        "mobilite_feed_trips_with_real_time_ratio",
        "Share of runs under way that have recent real time.",
        ["feed"],
    ),
    "vehicles_with_trip": Gauge(
        "mobilite_feed_vehicles_with_trip_ratio", "Share of vehicles with a known run.", ["feed"]
    ),
    "days_left": Gauge(
        "mobilite_feed_timetable_days_left", "Days until the end of the timetable.", ["feed"]
    ),
    "remarks": Gauge("mobilite_feed_import_remarks", "Types of findings of the import.", ["feed"]),
}


class QualityGauges:
    """Sets the gauges; those of feeds that have none any more disappear."""

    def __init__(self) -> None:
        self._labelled: set[tuple[Gauge, FeedId]] = set()

    def set(self, feeds: Mapping[FeedId, QualityDay]) -> None:
        """Set the gauges from the sums of today."""
        values: dict[tuple[Gauge, FeedId], float] = {}
        for feed_id, day in feeds.items():
            values[_MEASURED, feed_id] = day.measured_s
            values |= {
                (gauge, feed_id): value
                for name, gauge in _GAUGES.items()
                if (value := _value(shares_of(day), name)) is not None
            }
        for gauge, feed_id in self._labelled - values.keys():
            gauge.remove(feed_id)
        for (gauge, feed_id), value in values.items():
            gauge.labels(feed_id).set(value)
        self._labelled = {*values}


def _value(shares: QualityShares, name: str) -> float | None:
    value: float | None = getattr(shares, name)
    return value

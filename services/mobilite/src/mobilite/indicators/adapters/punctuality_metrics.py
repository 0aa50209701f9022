"""Prometheus gauges of the punctuality of today and yesterday."""

from prometheus_client import Gauge

from mobilite.indicators.domain.punctuality import Punctuality

_ON_TIME = Gauge(
    "mobilite_punctuality_ratio", "Share of observed calls on time.", ["feed", "day", "source"]
)
_OBSERVED = Gauge(
    "mobilite_punctuality_calls", "Calls observed of a service date.", ["feed", "day", "source"]
)


def set_punctuality(day: str, source: str, feeds: dict[str, Punctuality]) -> None:
    """The figures of each feed. `day`: today or yesterday."""
    for gauge in (_ON_TIME, _OBSERVED):
        for labels in [each.labels for family in gauge.collect() for each in family.samples]:
            if (labels["day"], labels["source"]) == (day, source) and labels["feed"] not in feeds:
                gauge.remove(labels["feed"], day, source)
    for feed, figures in feeds.items():
        _OBSERVED.labels(feed, day, source).set(figures.n)
        if figures.on_time is not None:
            _ON_TIME.labels(feed, day, source).set(figures.on_time)

"""Prometheus metrics of the bus. The lag of a table has the label group="table"."""

from prometheus_client import Counter, Gauge, Histogram

PUBLISHED = Counter("bus_published", "Records acknowledged by the broker.", ["topic"])
CONSUMED = Counter(
    "bus_consumed",
    "Attempts to handle a record, by outcome: handled, dead_letter (refused or undecodable),"
    " retried, too_slow (interrupted at the time limit).",
    ["topic", "group", "outcome"],
)
HANDLING = Histogram(
    "bus_handling_seconds",
    "Time of one call of a handler: on one record, or on those of a batch.",
    ["topic", "group"],
)
TABLE_RECORDS = Counter(
    "bus_followed",
    "Records read into a table, by outcome: applied, undecodable.",
    ["topic", "outcome"],
)
LAG = Gauge(
    "bus_lag_records", "Records between the reader and the end.", ["topic", "group", "partition"]
)
COMMITS_DROPPED = Counter(
    "bus_commits_dropped",
    "Commits refused because the partition was reassigned.",
    ["topic", "group"],
)
REBALANCES = Counter(
    "bus_rebalances", "Rebalances of the group seen by this member.", ["topic", "group"]
)

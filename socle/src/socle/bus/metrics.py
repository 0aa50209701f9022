"""What the bus counts. A table's lag carries the group "table"."""

from prometheus_client import Counter, Gauge, Histogram

PUBLISHED = Counter("bus_published", "Records acknowledged by the broker.", ["topic"])
CONSUMED = Counter(
    "bus_consumed",
    "Records settled or given again, by outcome: handled, dead_letter, retried, too_slow.",
    ["topic", "group", "outcome"],
)
HANDLING = Histogram(
    "bus_handling_seconds", "Time a handler took on one record.", ["topic", "group"]
)
FOLLOWED = Counter(
    "bus_followed",
    "Records read into a table, by outcome: applied, undecodable.",
    ["topic", "outcome"],
)
LAG = Gauge(
    "bus_lag_records", "Records between the reader and the end.", ["topic", "group", "partition"]
)
COMMITS_DROPPED = Counter(
    "bus_commits_dropped", "Commits refused since the partition had moved on.", ["topic", "group"]
)
REBALANCES = Counter("bus_rebalances", "Times partitions were handed out.", ["topic", "group"])

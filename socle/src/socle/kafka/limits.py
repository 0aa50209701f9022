"""The time and size limits of the Kafka client.

Kafka's own names and defaults: https://kafka.apache.org/documentation/#configuration
"""

# The largest record a service may publish, in bytes of value. A broker accepts batches of 1,048,588
# bytes by default; the rest is for the key, the headers and the batch's frame.
MAX_RECORD_BYTES = 1_000_000
# A dead letter is a complete record plus its reasons: its topic and our producer allow more.
MAX_REQUEST_BYTES = 2 * 1024 * 1024

REQUEST_SECONDS = 10.0
RETRY_BACKOFF_SECONDS = 0.1
CLOSE_SECONDS = 5.0
# How soon new partitions and moved leaders are seen when nothing fails.
METADATA_SECONDS = 15.0

# Heartbeats that a member sends within the session timeout.
HEARTBEATS_PER_SESSION = 5.0
# Longer than the grace period of handlers when partitions are reassigned (`socle.bus.limits`).
REBALANCE_SECONDS = 30.0
# aiokafka leaves the group when no record is requested during this time. Our own limit is for each
# record, and our back-off can be long on the only partition, so this one must never expire.
POLL_INTERVAL_SECONDS = 7 * 24 * 3600.0


def ms(seconds: float) -> int:
    """Seconds as whole milliseconds, for aiokafka."""
    return int(seconds * 1000)

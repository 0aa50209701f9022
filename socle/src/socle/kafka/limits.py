"""The time and size limits of the Kafka client.

Kafka's own names and defaults: https://kafka.apache.org/documentation/#configuration
"""

# The largest record a service may publish, in bytes of value. A broker takes 1,048,588 bytes of
# batch by default; the rest is for the key, the headers and the batch's frame.
MAX_RECORD_BYTES = 1_000_000
# A dead letter is a complete record plus its reasons: its topic and our producer allow more.
MAX_REQUEST_BYTES = 2 * 1024 * 1024

REQUEST_SECONDS = 10.0
RETRY_BACKOFF_SECONDS = 0.1
CLOSE_SECONDS = 5.0
# How soon new partitions and moved leaders are seen when nothing fails.
METADATA_SECONDS = 15.0

# A member says it is alive this many times in the session it may be silent for.
HEARTBEATS_PER_SESSION = 5.0
# Longer than the grace a member gives its handlers when partitions move (`socle.bus.limits`).
REBALANCE_SECONDS = 30.0
# aiokafka would leave the group when no record is asked for during this time. Our own limit is by
# record and our back-off may be long on the only partition held, so this one must never strike.
POLL_INTERVAL_SECONDS = 7 * 24 * 3600.0


def ms(seconds: float) -> int:
    """Seconds as the milliseconds aiokafka wants."""
    return int(seconds * 1000)

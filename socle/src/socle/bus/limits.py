"""The limits of the bus, in seconds unless noted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bus's limits; the defaults are for production, tests shorten some."""

    publish: float = 30.0
    """`publish`: within which the broker must acknowledge the records of one call."""
    back_off: float = 0.5
    """`consume`: the first delay after a `Retry` or a handler that was too slow; it is doubled each
    time, and each delay is shortened at random, by half at most."""
    back_off_most: float = 60.0
    """`consume`: the longest delay, also where the `Retry` names one (`after`)."""
    session: float = 10.0
    """`consume`: a member without a heartbeat for so long is dead (Kafka's default minimum: 6)."""
    slow_attempts: int = 3
    """`consume`: attempts over the time limit after which a record becomes a dead letter."""
    grace: float = 5.0
    """`consume`: within which running handlers can finish when partitions are reassigned or the
    member stops."""
    watch: float = 5.0
    """Between two measurements of lag and stalls."""
    frozen: float = 60.0
    """Without progress for this long while records wait, a consumer is not ready; after twice as
    long it stops. In `consume`, the handler's time limit is added."""
    batch: int = 500
    """`follow`: records fetched at once."""
    batch_bytes: int = 64 * 1024
    """`follow`: bytes of the records that `into` receives at once (one record at least), so that
    other tasks run in between: 64 KiB of JSON take some milliseconds."""
    poll: float = 1.0
    """How long one request for records waits."""

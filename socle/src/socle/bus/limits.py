"""Time limits of the bus, in seconds unless noted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bus's limits; the defaults are for production, tests shorten some."""

    # publish: the broker's acknowledgement of one call's records.
    publish: float = 30.0
    # consume: a `Retry` waits from `back_off` on, doubled each time up to `back_off_most`.
    back_off: float = 0.5
    back_off_most: float = 60.0
    # consume: a member without heartbeat for this long is dead (Kafka's default minimum is 6).
    session: float = 10.0
    # consume: handlers running over their time on one record before it is a dead letter.
    slow_attempts: int = 3
    # consume: what running handlers are given to finish when partitions move or the member stops.
    grace: float = 5.0
    # The interval between measurements of lag and stalls.
    watch: float = 5.0
    # Records wait and nothing moves for this long (in consume: plus the handler's time limit): not
    # ready; twice this: stop.
    frozen: float = 60.0
    # follow: records fetched at once, and the bytes of them given at once to `into` (one record at
    # least), so that the event loop breathes in between: 64 KiB of JSON take some milliseconds.
    batch: int = 500
    batch_bytes: int = 64 * 1024
    # How long one request for records waits.
    poll: float = 1.0

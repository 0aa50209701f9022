"""What the bus waits for, and how long. Seconds, unless said otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bus's limits; the defaults are for production, tests shorten some."""

    # publish: the broker's acknowledgement of one call's records.
    publish: float = 30.0
    # consume: a `Retry` waits from `back_off` on, doubled each time up to `back_off_most`.
    back_off: float = 0.5
    back_off_most: float = 60.0
    # consume: a member not heard of for this long is dead (Kafka takes no less than 6 by default).
    session: float = 10.0
    # consume: handlers running over their time on one record before it is a dead letter.
    slow_attempts: int = 3
    # consume: what running handlers are given to finish when partitions move or the member stops.
    grace: float = 5.0
    # How often lag and stillness are looked at.
    watch: float = 5.0
    # With records waiting and nothing moving for this long (in consume: beside the handler's own
    # time limit): not ready; twice this: stop.
    frozen: float = 60.0
    # follow: records fetched at once, and the bytes of them given at once to `into` (one record at
    # least), so that the event loop breathes in between: 64 KiB of JSON take some milliseconds.
    batch: int = 500
    batch_bytes: int = 64 * 1024
    # How long one request for records waits.
    poll: float = 1.0

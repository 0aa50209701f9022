"""One account's token bucket of one class, as one replica sees it.

The bucket itself is shared (`ports.SharedBuckets`): the grants of all replicas together never
exceed the allowance. A replica takes tokens in two ways.

on trust   it admits a few requests and reports them afterwards: small callers need no lookup
leased     when less than half is left, or the trust is used up, it admits only what it leased, in
           batches that double while leases are used up quickly

The trust is a tenth of the burst (and a hundredth of the daily quota): if the bucket was half full
at the last exchange, five replicas that use all their trust stay within the allowance, and what
they admitted is reported to the bucket, which then lends less.

https://www.rfc-editor.org/rfc/rfc2697#section-3 (token bucket)
"""

from dataclasses import dataclass
from typing import Final, Literal

from gateway.quotas.domain.plans import Allowance

TRUST_OF_BURST: Final = 0.1
"""Requests that a replica admits on trust, as a share of the burst."""
TRUST_OF_DAY: Final = 0.01
"""The same as a share of the daily quota; the smaller one counts."""
LEASE_SECONDS: Final = 1.0
"""An unused lease is returned after that time."""
_LEASE_OF_RATE: Final = 0.1  # the largest batch of one replica, in seconds of the rate
_QUICK_SECONDS: Final = 0.1  # a lease that is used up sooner was too small
_MIN_WAIT: Final = 0.01  # seconds
_DAILY_RECHECK: Final = 5.0  # seconds between two checks of an exhausted daily quota

Limit = Literal["rate", "daily"]
Step = Literal["admitted", "exchange"] | Limit
"""What follows for a request: admitted, refused by a limit, or an exchange with the shared bucket
first."""


def trust(allowance: Allowance) -> int:
    """How many requests a replica may admit before it reports them to the shared bucket."""
    of_burst = int(allowance.burst * TRUST_OF_BURST)
    if allowance.daily is None:
        return of_burst
    return min(of_burst, int(allowance.daily * TRUST_OF_DAY))


@dataclass(frozen=True, slots=True)
class BucketExchange:
    """What a replica reports to the shared bucket and requests from it."""

    used: int
    """Requests admitted on trust since the last report."""
    returned: int
    """Unused tokens of a lease."""
    wanted: int
    """Tokens of a new lease."""


@dataclass(frozen=True, slots=True)
class BucketGrant:
    """The answer of the shared bucket."""

    lease: int
    """Tokens leased to the replica; possibly none."""
    left: float
    """Tokens left after the lease; negative if trust exceeded the level."""
    used: int
    """Requests of this day, the lease included."""


class Bucket:
    """One replica's view of one bucket.

    In its methods, `now` is monotonic seconds, and `day` the number of the UTC day.
    """

    __slots__ = (
        "_allowance",
        "_at",
        "_batch",
        "_day",
        "_day_full_until",
        "_in_flight",
        "_leased_at",
        "_trust",
        "empty_until",
        "lease",
        "level",
        "must_lease",
        "unreported",
        "used",
    )

    def __init__(self, allowance: Allowance, *, now: float, day: int) -> None:
        self._allowance, self._trust = allowance, trust(allowance)
        self.level, self._at = float(allowance.burst), now
        """Tokens in the bucket as far as this replica knows, its own lease included."""
        self.lease = 0
        """Leased tokens that are left."""
        self.used = 0
        """Requests of this day as far as this replica knows, the lease included."""
        self.unreported = 0
        """Requests admitted on trust that no exchange reports yet."""
        self._in_flight = 0
        """Those that the exchange in flight reports."""
        self._day, self._batch, self._leased_at = day, 1, now
        self.empty_until = self._day_full_until = 0.0
        """Until then the shared bucket, or the daily quota, is known to be exhausted."""
        self.must_lease = self._trust == 0
        """Nothing is admitted on trust: there is none, or less than half of the bucket is left."""

    def take(self, *, now: float, day: int, shared: bool) -> Step:
        """Admit one request, or return the next step or the limit that refuses it.

        "exchange": the shared bucket must be consulted first. `shared`: whether it is reachable;
        if not, this replica decides alone.
        """
        self._refill(now, day)
        if self.lease > 0:
            self.lease -= 1
            self.level -= 1
            return "admitted"
        daily = self._allowance.daily
        if daily is not None and self.used >= daily:
            # Other replicas may return leased tokens.
            return "daily" if now < self._day_full_until or not shared else "exchange"
        if not shared or self._has_trust():
            if self.level < 1:
                return "rate" if not shared else "exchange"
            self.unreported += 1
            self.used += 1
            self.level -= 1
            return "admitted"
        return "rate" if now < self.empty_until else "exchange"

    def charge(self, count: int, *, now: float, day: int) -> None:
        """Count more requests for one that was admitted. The level can become negative: the next
        request is then refused until it is refilled."""
        self._refill(now, day)
        leased = min(self.lease, count)
        self.lease -= leased
        self.unreported += count - leased
        self.used += count - leased
        self.level -= count

    def _has_trust(self) -> bool:
        return not self.must_lease and self.unreported + self._in_flight < self._trust

    def should_report(self) -> bool:
        """Whether to report what was admitted on trust, in the background."""
        return self.unreported > 0 and self.unreported * 2 >= self._trust

    def should_lease(self) -> bool:
        """Whether the lease is nearly used up, so that the next one is requested in advance."""
        return self._batch >= 4 and 0 < self.lease <= self._batch // 4

    def next_exchange(self, *, now: float, waiting: int) -> BucketExchange:
        """Start an exchange. `waiting`: requests that wait for it. `grant` or `failed` follows."""
        if waiting:
            quick = now - self._leased_at < _QUICK_SECONDS
            largest = max(1, int(self._allowance.rate * _LEASE_OF_RATE))
            self._batch = min(self._batch * 2, largest) if quick else max(1, self._batch // 2)
        wanted = max(self._batch, waiting) if waiting or self.should_lease() else 0
        if self._allowance.daily is not None:
            # An eighth of what is left of the day: near its end, no replica leases much of it.
            wanted = min(wanted, max(1, (self._allowance.daily - self.used) // 8))
        return self._exchange(0, min(wanted, self._allowance.burst))

    def return_lease(self, *, now: float) -> BucketExchange | None:
        """The exchange that returns an unused lease; None if there is none."""
        if self.lease == 0 or now - self._leased_at < LEASE_SECONDS:
            return None
        return self._exchange(self.lease, 0)

    def report_all(self) -> BucketExchange | None:
        """The exchange that reports everything before this replica drops the bucket."""
        if self.lease == 0 and self.unreported == 0:
            return None
        return self._exchange(self.lease, 0)

    def _exchange(self, returned: int, wanted: int) -> BucketExchange:
        exchange = BucketExchange(self.unreported, returned, wanted)
        self._in_flight, self.unreported = self.unreported, 0
        self.lease -= returned
        self.used -= returned
        return exchange

    def grant(
        self, exchange: BucketExchange, granted: BucketGrant, *, now: float, day: int
    ) -> None:
        """Apply the answer of the shared bucket."""
        self._refill(now, day)
        self._in_flight = 0
        self.lease += granted.lease
        if granted.lease:
            self._leased_at = now
        # Requests admitted meanwhile are not yet in the answer.
        self.level = granted.left + self.lease - self.unreported
        self.used = granted.used + self.unreported
        self.must_lease = self._trust == 0 or granted.left * 2 < self._allowance.burst
        daily = self._allowance.daily
        if daily is not None and self.used >= daily and self.lease == 0:
            self._day_full_until = now + _DAILY_RECHECK
        elif granted.lease == 0 and exchange.wanted:
            missing = max(0.0, 1 - granted.left) / self._allowance.rate
            self.empty_until = now + max(_MIN_WAIT, missing)

    def failed(self, exchange: BucketExchange) -> None:
        """The exchange failed: report it again next time."""
        self._in_flight = 0
        self.unreported += exchange.used
        self.lease += exchange.returned
        self.used += exchange.returned

    def remaining(self) -> tuple[int, int | None]:
        """How many requests remain at once, and this day (None without a quota)."""
        daily = self._allowance.daily
        left = None if daily is None else max(0, daily - self.used + self.lease)
        return max(0, int(self.level)), left

    def wait(self, limit: Limit, *, now: float, day_ends: float) -> float:
        """Seconds until that limit admits another request. `day_ends`: monotonic seconds."""
        if limit == "daily":
            return max(1.0, day_ends - now)
        missing = max(0.0, 1 - self.level) / self._allowance.rate
        return max(missing, self.empty_until - now, _MIN_WAIT)

    def full_in(self) -> float:
        """Seconds until the bucket is full."""
        return max(0.0, self._allowance.burst - self.level) / self._allowance.rate

    def idle(self, *, now: float) -> bool:
        """Whether it can be dropped: it is full, and has nothing to report or return."""
        if self.lease or self.unreported or self._in_flight or now - self._at <= self.full_in():
            return False
        # An exhausted daily quota must not get new trust.
        daily = self._allowance.daily
        return daily is None or self.used + self._trust < daily

    def _refill(self, now: float, day: int) -> None:
        allowance = self._allowance
        level = self.level + (now - self._at) * allowance.rate
        self.level = level if level < allowance.burst else float(allowance.burst)
        self._at = now
        if day != self._day:
            self._day, self.used = day, 0

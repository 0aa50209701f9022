"""One account's bucket of one class, as one replica sees it.

The bucket itself is shared (`ports.SharedBuckets`): what it grants, all replicas together, never
passes the allowance. A replica takes from it in two ways.

calm    it admits a few on trust and tells of them afterwards: a small caller costs nothing
tight   less than half is left, or trust is used up: it admits what it has leased, and asks for
        more a batch at a time; a batch doubles while leases go quickly

Trust is a tenth of the burst (and a hundredth of the day's quota): as long as the bucket was half
full when a replica last asked, five replicas that spend all of it still stay within the allowance,
and what they spent is told to the bucket, which lends less for it.

https://www.rfc-editor.org/rfc/rfc2697#section-3 (token bucket)
"""

from dataclasses import dataclass
from typing import Final, Literal

from gateway.quotas.domain.plans import Allowance

TRUST_OF_BURST: Final = 0.1
TRUST_OF_DAY: Final = 0.01
LEASE_SECONDS: Final = 1.0
"""A lease nobody used for that long is given back."""
_LEASE_OF_RATE: Final = 0.1  # seconds' worth, the largest batch of one replica
_QUICK: Final = 0.1  # seconds: a lease used up sooner was too small
_LEAST_WAIT: Final = 0.01
_DAY_LOOKED_AT: Final = 5.0  # seconds between two questions whether a day's quota has room again

Limit = Literal["rate", "daily"]
Step = Literal["admitted", "ask"] | Limit


def trust(allowance: Allowance) -> int:
    """How many a replica may admit before it has told the shared bucket of any."""
    most = int(allowance.burst * TRUST_OF_BURST)
    return most if allowance.daily is None else min(most, int(allowance.daily * TRUST_OF_DAY))


@dataclass(frozen=True, slots=True)
class Ask:
    """What a replica tells the shared bucket and wants of it: `spent` since it last told, on
    trust; `returned` of a lease; `wanted` as a new one."""

    spent: int
    returned: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Granted:
    """What the shared bucket answers: the lease, what is `left` after it (below 0: lent on trust
    beyond it), and what was `used` this day, the lease included."""

    lease: int
    left: float
    used: int


class Bucket:
    """`level` is what the bucket holds as far as this replica knows, its own lease included;
    times are monotonic seconds, days are counted from anywhere."""

    __slots__ = (
        "_allowance",
        "_at",
        "_batch",
        "_day",
        "_day_full_until",
        "_leased_at",
        "_telling",
        "_trust",
        "empty_until",
        "lease",
        "level",
        "spent",
        "tight",
        "used",
    )

    def __init__(self, allowance: Allowance, *, now: float, day: int) -> None:
        self._allowance, self._trust = allowance, trust(allowance)
        self.level, self._at = float(allowance.burst), now
        self.spent = self.lease = self.used = self._telling = 0
        self._day, self._batch, self._leased_at = day, 1, now
        self.empty_until = self._day_full_until = 0.0
        # Where nothing can be trusted, everything is asked for.
        self.tight = self._trust == 0

    def take(self, *, now: float, day: int, shared: bool) -> Step:
        """Admit one request, or tell what to do or which limit stands against it.

        "ask": the shared bucket must be asked before. `shared`: whether it can be; where it cannot,
        what this replica knows by itself decides.
        """
        self._pass(now, day)
        if self.lease > 0:
            self.lease -= 1
            self.level -= 1
            return "admitted"
        daily = self._allowance.daily
        if daily is not None and self.used >= daily:
            # Other replicas may give back what they leased of it.
            return "daily" if now < self._day_full_until or not shared else "ask"
        if not shared or self._trusts():
            if self.level < 1:
                return "rate" if not shared else "ask"
            self.spent += 1
            self.used += 1
            self.level -= 1
            return "admitted"
        return "rate" if now < self.empty_until else "ask"

    def _trusts(self) -> bool:
        return not self.tight and self.spent + self._telling < self._trust

    def should_tell(self) -> bool:
        """Whether it is time to tell what was spent on trust, without anyone waiting for it."""
        return self.spent > 0 and self.spent * 2 >= self._trust

    def should_lease(self) -> bool:
        """Whether the lease is about to end, and the next one is worth asking for beforehand."""
        return self._batch >= 4 and 0 < self.lease <= self._batch // 4

    def ask(self, *, now: float, waiting: int) -> Ask:
        """What to ask for, `waiting` requests having nothing. Answered by `grant`, or `failed`."""
        if waiting:
            quick = now - self._leased_at < _QUICK
            most = max(1, int(self._allowance.rate * _LEASE_OF_RATE))
            self._batch = min(self._batch * 2, most) if quick else max(1, self._batch // 2)
        wanted = max(self._batch, waiting) if waiting or self.should_lease() else 0
        if self._allowance.daily is not None:
            # Towards the end of the day's quota nobody holds much of it without using it.
            wanted = min(wanted, max(1, (self._allowance.daily - self.used) // 8))
        return self._tell(0, min(wanted, self._allowance.burst))

    def give_back(self, *, now: float) -> Ask | None:
        """The lease if nobody used it for a while, to be told; None where there is nothing."""
        if self.lease == 0 or now - self._leased_at < LEASE_SECONDS:
            return None
        return self._tell(self.lease, 0)

    def empty_out(self) -> Ask | None:
        """Everything to be told before this replica forgets the bucket."""
        if self.lease == 0 and self.spent == 0:
            return None
        return self._tell(self.lease, 0)

    def _tell(self, returned: int, wanted: int) -> Ask:
        asked = Ask(self.spent, returned, wanted)
        self._telling, self.spent = self.spent, 0
        self.lease -= returned
        self.used -= returned
        return asked

    def grant(self, asked: Ask, granted: Granted, *, now: float, day: int) -> None:
        """What the shared bucket answered."""
        self._pass(now, day)
        self._telling = 0
        self.lease += granted.lease
        if granted.lease:
            self._leased_at = now
        # Spent or leased meanwhile: the shared bucket does not know of it yet.
        self.level = granted.left + self.lease - self.spent
        self.used = granted.used + self.spent
        self.tight = self._trust == 0 or granted.left * 2 < self._allowance.burst
        daily = self._allowance.daily
        if daily is not None and self.used >= daily and self.lease == 0:
            self._day_full_until = now + _DAY_LOOKED_AT
        elif granted.lease == 0 and asked.wanted:
            missing = max(0.0, 1 - granted.left) / self._allowance.rate
            self.empty_until = now + max(_LEAST_WAIT, missing)

    def failed(self, asked: Ask) -> None:
        """The shared bucket could not be told: it will be the next time."""
        self._telling = 0
        self.spent += asked.spent
        self.lease += asked.returned
        self.used += asked.returned

    def remaining(self) -> tuple[int, int | None]:
        """How many more are likely to be admitted at once; and this day, where there is a quota."""
        daily = self._allowance.daily
        left = None if daily is None else max(0, daily - self.used + self.lease)
        return max(0, int(self.level)), left

    def wait(self, limit: Limit, *, now: float, day_ends: float) -> float:
        """Seconds until that limit lets another through."""
        if limit == "daily":
            return max(1.0, day_ends - now)
        missing = max(0.0, 1 - self.level) / self._allowance.rate
        return max(missing, self.empty_until - now, _LEAST_WAIT)

    def full_in(self) -> float:
        """Seconds until the bucket is as full as it can be."""
        return max(0.0, self._allowance.burst - self.level) / self._allowance.rate

    def idle(self, *, now: float) -> bool:
        """Whether forgetting it loses nothing but what a full bucket has anyway."""
        if self.lease or self.spent or self._telling or now - self._at <= self.full_in():
            return False
        # Whoever has used up the day must not be trusted anew.
        daily = self._allowance.daily
        return daily is None or self.used + self._trust < daily

    def _pass(self, now: float, day: int) -> None:
        allowance = self._allowance
        level = self.level + (now - self._at) * allowance.rate
        self.level = level if level < allowance.burst else float(allowance.burst)
        self._at = now
        if day != self._day:
            self._day, self.used = day, 0

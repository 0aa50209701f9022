"""The addresses at which one service answers, and which of them gets the next request."""

from collections.abc import Collection, Sequence
from typing import Final

from gateway.proxy.domain.circuit_breaker import Breaker

NOT_ASKED: Final = "n'a pas encore été interrogé"
LATE: Final = "n'a pas répondu à temps"
_LATE_IN_A_ROW: Final = 3
MOST_AT_ONCE: Final = 512
"""Exchanges of one address that await their answer, streams that have begun not counted."""

RETRY_SHARE: Final = 0.1
_RESERVE: Final = 10.0
"""Retries a quiet service may be given at once."""


class Upstream:
    """One address. `why_not`: None when it said it was ready, else a French sentence."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.breaker = Breaker()
        self.why_not: str | None = NOT_ASKED
        self.in_flight = 0
        self._late = 0

    def said(self, why_not: str | None) -> None:
        """What it said of its readiness. One that was ready and is slow to say so, on a machine
        that is busy, is still what it was: refusing and not answering are two things."""
        self._late = self._late + 1 if why_not == LATE else 0
        if not self._late or self._late >= _LATE_IN_A_ROW or self.why_not is not None:
            self.why_not = why_not


class Upstreams:
    """All addresses of one service. `most`: at once, each."""

    def __init__(self, addresses: Sequence[str], *, most: int = MOST_AT_ONCE) -> None:
        if not addresses:
            raise ValueError("a service has an address")
        self.each = tuple(Upstream(address) for address in addresses)
        self._most, self._next = most, 0
        self._retries = _RESERVE

    def choose(self, now: float, tried: Collection[Upstream] = ()) -> Upstream | None:
        """The next in turn that may be asked, a ready one where there is one; None when each was
        tried, is left alone for now, or has its fill."""
        found: Upstream | None = None
        for step in range(len(self.each)):
            at = (self._next + step) % len(self.each)
            upstream = self.each[at]
            if upstream.in_flight >= self._most or not upstream.breaker.allows(now):
                continue
            if upstream in tried:
                continue
            if upstream.why_not is None:
                self._next = at + 1
                return upstream
            # What says it is not ready may still answer, and is asked when nobody else can be.
            found = found or upstream
        return found

    def why_not(self) -> str | None:
        """None when one of them is ready, else what the first says."""
        said = [upstream.why_not for upstream in self.each]
        return None if None in said else said[0]

    def ready_first(self) -> list[Upstream]:
        """All of them, those that are ready before the others."""
        return sorted(self.each, key=lambda upstream: upstream.why_not is not None)

    def full(self) -> bool:
        """Whether the addresses that could be asked have their fill."""
        return any(each.in_flight >= self._most for each in self.each)

    def closes_in(self, now: float) -> float:
        """Seconds until one of them may be asked again."""
        return min(each.breaker.closes_in(now) for each in self.each)

    def asked(self) -> None:
        """A request came: it earns a tenth of a retry."""
        self._retries = min(self._retries + RETRY_SHARE, _RESERVE)

    def may_retry(self) -> bool:
        """Whether the budget has one more, which it then has no more."""
        if self._retries < 1:
            return False
        self._retries -= 1
        return True

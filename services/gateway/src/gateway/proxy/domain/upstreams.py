"""The addresses of a service, and the choice of the one for the next request."""

from collections.abc import Collection, Sequence
from typing import Final

from gateway.proxy.domain.circuit_breaker import CircuitBreaker

# Reasons why an address is not ready, in French.
NOT_CHECKED: Final = "n'a pas encore été interrogé"
LATE: Final = "n'a pas répondu à temps"
_MAX_LATE_CHECKS: Final = 3
MAX_IN_FLIGHT: Final = 512
"""Exchanges in flight at one address; streams count until their response starts."""

RETRY_SHARE: Final = 0.1
"""What each request adds to the retry budget of its service."""
_MAX_RETRIES: Final = 10.0
"""Retries that the budget can accumulate."""


class Upstream:
    """One address of a service."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.breaker = CircuitBreaker()
        self.why_not: str | None = NOT_CHECKED
        """Why the address is not ready, in French; None if it is ready."""
        self.in_flight = 0
        self._late = 0
        """Readiness checks in a row without a response in time."""

    def record_readiness(self, why_not: str | None) -> None:
        """Record the result of a readiness check.

        A ready address that does not respond in time stays ready until that happens three times in
        a row: on a busy machine it is late without being unusable.
        """
        self._late = self._late + 1 if why_not == LATE else 0
        if not self._late or self._late >= _MAX_LATE_CHECKS or self.why_not is not None:
            self.why_not = why_not


class Upstreams:
    """All addresses of one service.

    `max_in_flight`: exchanges in flight at each address.
    """

    def __init__(self, addresses: Sequence[str], *, max_in_flight: int = MAX_IN_FLIGHT) -> None:
        if not addresses:
            raise ValueError("a service needs an address")
        self.each = tuple(Upstream(address) for address in addresses)
        self._max_in_flight, self._next = max_in_flight, 0
        self._retries = _MAX_RETRIES

    def choose(self, now: float, tried: Collection[Upstream] = ()) -> Upstream | None:
        """The next address, round robin, a ready one if there is one; None if each was tried, has
        an open breaker, or is full."""
        found: Upstream | None = None
        for step in range(len(self.each)):
            index = (self._next + step) % len(self.each)
            upstream = self.each[index]
            if upstream.in_flight >= self._max_in_flight or not upstream.breaker.allows(now):
                continue
            if upstream in tried:
                continue
            if upstream.why_not is None:
                self._next = index + 1
                return upstream
            # An address that is not ready may still respond: it is the last resort.
            found = found or upstream
        return found

    def why_not(self) -> str | None:
        """None if an address is ready, else the reason of the first."""
        reasons = [upstream.why_not for upstream in self.each]
        return None if None in reasons else reasons[0]

    def ready_first(self) -> list[Upstream]:
        """All addresses, ready ones first."""
        return sorted(self.each, key=lambda upstream: upstream.why_not is not None)

    def full(self) -> bool:
        """Whether any address has as many exchanges in flight as it may have."""
        return any(each.in_flight >= self._max_in_flight for each in self.each)

    def retry_in(self, now: float) -> float:
        """Seconds until one of the breakers lets an exchange pass."""
        return min(each.breaker.retry_in(now) for each in self.each)

    def earn_retry(self) -> None:
        """Add the share of one request to the retry budget."""
        self._retries = min(self._retries + RETRY_SHARE, _MAX_RETRIES)

    def take_retry(self) -> bool:
        """Take a retry from the budget; False if there is none."""
        if self._retries < 1:
            return False
        self._retries -= 1
        return True

"""The addresses of a service, and the choice of the one for the next request."""

from collections.abc import Collection, Sequence
from typing import Final

from gateway.proxy.domain.circuit_breaker import CircuitBreaker

NOT_CHECKED: Final = "n'a pas encore été interrogé"
LATE: Final = "n'a pas répondu à temps"
_LATE_IN_A_ROW: Final = 3
MAX_IN_FLIGHT: Final = 512
"""Exchanges in flight at one address; streams count until their response starts."""

RETRY_SHARE: Final = 0.1
_RESERVE: Final = 10.0
"""Retries that the budget can accumulate."""


class Upstream:
    """One address. `why_not`: None if it is ready, else a French sentence."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.breaker = CircuitBreaker()
        self.why_not: str | None = NOT_CHECKED
        self.in_flight = 0
        self._late = 0

    def record_readiness(self, why_not: str | None) -> None:
        """Record the result of a readiness check. A ready address that is late, on a busy machine,
        stays ready until it is late several times: being late is not a refusal."""
        self._late = self._late + 1 if why_not == LATE else 0
        if not self._late or self._late >= _LATE_IN_A_ROW or self.why_not is not None:
            self.why_not = why_not


class Upstreams:
    """All addresses of one service. `most`: exchanges in flight at each."""

    def __init__(self, addresses: Sequence[str], *, most: int = MAX_IN_FLIGHT) -> None:
        if not addresses:
            raise ValueError("a service has an address")
        self.each = tuple(Upstream(address) for address in addresses)
        self._most, self._next = most, 0
        self._retries = _RESERVE

    def choose(self, now: float, tried: Collection[Upstream] = ()) -> Upstream | None:
        """The next address, round robin, a ready one if there is one; None if each was tried, has
        an open breaker, or is full."""
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
        """Whether an address is full."""
        return any(each.in_flight >= self._most for each in self.each)

    def closes_in(self, now: float) -> float:
        """Seconds until one of the breakers closes."""
        return min(each.breaker.closes_in(now) for each in self.each)

    def earn_retry(self) -> None:
        """A request arrived: it adds a tenth of a retry to the budget."""
        self._retries = min(self._retries + RETRY_SHARE, _RESERVE)

    def take_retry(self) -> bool:
        """Take a retry from the budget; False if there is none."""
        if self._retries < 1:
            return False
        self._retries -= 1
        return True

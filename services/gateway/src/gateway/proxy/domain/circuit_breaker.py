"""A circuit breaker for one address of a service.

    closed      exchanges pass; it opens after `CONSECUTIVE` failures in a row, or when half of the
                exchanges of the last seconds failed and there were enough of them
    open        no exchange passes for a pause, twice as long each time up to `LONGEST`
    half open   one exchange at a time probes; a success closes it, a failure opens it again

Instants are seconds of a monotonic clock.
"""

from typing import Final, Literal

State = Literal["closed", "open", "half_open"]

CONSECUTIVE: Final = 5
RATIO: Final = 0.5
MIN_EXCHANGES: Final = 20  # exchanges in the window that a ratio needs
WINDOW: Final = 10.0
FIRST_PAUSE: Final = 1.0
LONGEST: Final = 30.0


class CircuitBreaker:
    """One address: `allows`, then `begin`, then `succeeded`, `failed` or `abandoned`."""

    def __init__(self) -> None:
        self.state: State = "closed"
        self._consecutive = 0
        self._pause, self._until = FIRST_PAUSE, 0.0
        self._probing = False
        # Two halves of the window: the older is dropped when the newer is full.
        self._since = 0.0
        self._current, self._previous = [0, 0], [0, 0]  # exchanges, failures

    def allows(self, now: float) -> bool:
        """Whether an exchange may start."""
        if self.state == "closed":
            return True
        return now >= self._until and not self._probing

    def begin(self, now: float) -> None:
        """An exchange starts."""
        if self.state != "closed":
            self.state, self._probing = "half_open", True

    def succeeded(self, now: float) -> None:
        """The exchange succeeded."""
        self._consecutive = 0
        if self.state == "closed":
            self._count(now, failed=False)
        elif self.state == "half_open":
            self.state, self._probing, self._pause = "closed", False, FIRST_PAUSE
            self._current, self._previous = [0, 0], [0, 0]

    def failed(self, now: float) -> None:
        """The exchange failed."""
        self._consecutive += 1
        if self.state == "half_open":
            self._pause = min(self._pause * 2, LONGEST)
            self._open(now)
        elif self.state == "closed":
            exchanges, failures = self._count(now, failed=True)
            if self._consecutive >= CONSECUTIVE or (
                exchanges >= MIN_EXCHANGES and failures >= RATIO * exchanges
            ):
                self._open(now)

    def abandoned(self) -> None:
        """The exchange ended without a result: the caller disconnected."""
        self._probing = False

    def closes_in(self, now: float) -> float:
        """Seconds until another exchange may be tried."""
        return 0.0 if self.state == "closed" else max(0.0, self._until - now)

    def _open(self, now: float) -> None:
        self.state, self._probing, self._until = "open", False, now + self._pause

    def _count(self, now: float, *, failed: bool) -> tuple[int, int]:
        if now - self._since >= WINDOW / 2:
            recent = now - self._since < WINDOW
            self._previous, self._current = (self._current if recent else [0, 0]), [0, 0]
            self._since = now
        self._current[0] += 1
        self._current[1] += failed
        return self._current[0] + self._previous[0], self._current[1] + self._previous[1]

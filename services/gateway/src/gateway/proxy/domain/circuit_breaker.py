"""A circuit breaker for one address of a service.

    closed      exchanges pass; it opens after `CONSECUTIVE` failures in a row, or when `RATIO` of
                the exchanges in the last `WINDOW` seconds failed, of `MIN_EXCHANGES` at least
    open        no exchange passes for a pause, twice as long each time up to `LONGEST_PAUSE`
    half open   one exchange at a time probes; a success closes it, a failure opens it again

Exchanges that began before the address failed, or recovered, can end long after: an exchange counts
only in the epoch in which it began. A new epoch begins when the breaker opens, and with each probe.
Instants are seconds of a monotonic clock.
"""

from typing import Final, Literal

State = Literal["closed", "open", "half_open"]

CONSECUTIVE: Final = 5
RATIO: Final = 0.5
MIN_EXCHANGES: Final = 20
WINDOW: Final = 10.0  # seconds; between half of them and all are counted
FIRST_PAUSE: Final = 1.0  # seconds
LONGEST_PAUSE: Final = 30.0  # seconds


class CircuitBreaker:
    """The breaker of one address.

    For each exchange: `allows`, then `begin`, then `succeeded`, `failed` or `abandoned` with the
    epoch that `begin` returned.
    """

    def __init__(self) -> None:
        self.state: State = "closed"
        self._consecutive = 0
        self._pause, self._until = FIRST_PAUSE, 0.0
        self._probing = False
        self._epoch = 0
        # Two halves of the window: the older is dropped when the newer is full.
        self._since = 0.0
        self._current, self._previous = [0, 0], [0, 0]  # exchanges, failures

    def allows(self, now: float) -> bool:
        """Whether an exchange may start."""
        if self.state == "closed":
            return True
        return now >= self._until and not self._probing

    def begin(self) -> int:
        """Record that an exchange starts. Returns its epoch."""
        if self.state != "closed":
            self.state, self._probing = "half_open", True
            self._epoch += 1
        return self._epoch

    def succeeded(self, epoch: int, now: float) -> None:
        """Record that an exchange of that epoch succeeded."""
        if epoch != self._epoch:
            return
        self._consecutive = 0
        if self.state == "closed":
            self._count(now, failed=False)
        elif self.state == "half_open":
            self.state, self._probing, self._pause = "closed", False, FIRST_PAUSE
            self._current, self._previous = [0, 0], [0, 0]

    def failed(self, epoch: int, now: float) -> None:
        """Record that an exchange of that epoch failed."""
        if epoch != self._epoch:
            return
        self._consecutive += 1
        if self.state == "half_open":
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._open(now)
        elif self.state == "closed":
            exchanges, failures = self._count(now, failed=True)
            if self._consecutive >= CONSECUTIVE or (
                exchanges >= MIN_EXCHANGES and failures >= RATIO * exchanges
            ):
                self._open(now)

    def abandoned(self, epoch: int) -> None:
        """Record that an exchange of that epoch ended without a result, as when the caller
        disconnects."""
        if epoch == self._epoch:
            self._probing = False

    def retry_in(self, now: float) -> float:
        """Seconds until another exchange may be tried; 0 also while one probes."""
        return 0.0 if self.state == "closed" else max(0.0, self._until - now)

    def _open(self, now: float) -> None:
        self.state, self._probing, self._until = "open", False, now + self._pause
        self._epoch += 1

    def _count(self, now: float, *, failed: bool) -> tuple[int, int]:
        """Count an exchange; the exchanges and failures in the window."""
        if now - self._since >= WINDOW / 2:
            recent = now - self._since < WINDOW
            self._previous, self._current = (self._current if recent else [0, 0]), [0, 0]
            self._since = now
        self._current[0] += 1
        self._current[1] += failed
        return self._current[0] + self._previous[0], self._current[1] + self._previous[1]

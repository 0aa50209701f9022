"""When to leave a service's address alone: a circuit breaker.

    closed      exchanges pass; it opens at `CONSECUTIVE` failures in a row, or when half of the
                exchanges of the last seconds failed and there were enough of them to tell
    open        nothing passes for a pause, twice as long each time up to `LONGEST`
    half open   one exchange at a time finds out; a success closes, a failure opens again

Instants are seconds of one clock that never goes back.
"""

from typing import Final, Literal

State = Literal["closed", "open", "half_open"]

CONSECUTIVE: Final = 5
RATIO: Final = 0.5
ENOUGH: Final = 20  # exchanges in the window, below which a ratio tells nothing
WINDOW: Final = 10.0
FIRST_PAUSE: Final = 1.0
LONGEST: Final = 30.0


class Breaker:
    """One address's breaker: `allows` before, then `begin`, then one of the three endings."""

    def __init__(self) -> None:
        self.state: State = "closed"
        self._in_a_row = 0
        self._pause, self._until = FIRST_PAUSE, 0.0
        self._probing = False
        # Two halves of the window: the older is dropped whole when the newer is full.
        self._since = 0.0
        self._now, self._before = [0, 0], [0, 0]  # exchanges, failures

    def allows(self, now: float) -> bool:
        """Whether an exchange may begin."""
        if self.state == "closed":
            return True
        return now >= self._until and not self._probing

    def begin(self, now: float) -> None:
        """An exchange begins, which `allows` let through."""
        if self.state != "closed":
            self.state, self._probing = "half_open", True

    def succeeded(self, now: float) -> None:
        """It was answered."""
        self._in_a_row = 0
        if self.state == "closed":
            self._count(now, failed=False)
        elif self.state == "half_open":
            self.state, self._probing, self._pause = "closed", False, FIRST_PAUSE
            self._now, self._before = [0, 0], [0, 0]

    def failed(self, now: float) -> None:
        """It was not."""
        self._in_a_row += 1
        if self.state == "half_open":
            self._pause = min(self._pause * 2, LONGEST)
            self._open(now)
        elif self.state == "closed":
            exchanges, failures = self._count(now, failed=True)
            if self._in_a_row >= CONSECUTIVE or (
                exchanges >= ENOUGH and failures >= RATIO * exchanges
            ):
                self._open(now)

    def abandoned(self) -> None:
        """It tells nothing of the address: the caller left."""
        self._probing = False

    def closes_in(self, now: float) -> float:
        """Seconds until another exchange may be tried; 0 when now."""
        return 0.0 if self.state == "closed" else max(0.0, self._until - now)

    def _open(self, now: float) -> None:
        self.state, self._probing, self._until = "open", False, now + self._pause

    def _count(self, now: float, *, failed: bool) -> tuple[int, int]:
        if now - self._since >= WINDOW / 2:
            recent = now - self._since < WINDOW
            self._before, self._now = (self._now if recent else [0, 0]), [0, 0]
            self._since = now
        self._now[0] += 1
        self._now[1] += failed
        return self._now[0] + self._before[0], self._now[1] + self._before[1]

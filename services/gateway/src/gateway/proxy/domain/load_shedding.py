"""When the door is asked more than it can do: refuse some at once, so that others are answered.

What tells is the delay of the event loop, which grows as soon as requests come faster than they are
dealt with, and the number in progress: from when a request has come whole until its answer begins,
since a few callers who take their time would otherwise be everybody's. Past its comfort a share of
the requests is refused, larger as it gets worse: all of them at three times the comfort. Pages, and
what keeps people identified, have more room than data and are refused last. Streams that run are
left alone.
"""

from typing import Final

from gateway.routes.domain.request_context import RequestContext

COMFORT: Final = 0.1  # seconds the loop may be late
LAST_COMFORT: Final = 0.4  # for what goes last
_WEIGHT: Final = 0.3  # of the newest measure in the smoothed delay


class Shedding:
    """`most`: requests in progress at once; those that go last have half as much again."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._owed = 0.0
        self.in_progress = 0
        self.delay = 0.0

    def enter(self, context: RequestContext) -> None:
        """It is in progress, unless it is answered already. Streams, which may never end, are not
        counted."""
        if not (context.in_progress or context.status or context.route.streaming):
            context.in_progress = True
            self.in_progress += 1

    def leave(self, context: RequestContext) -> None:
        """It is no more, or never was."""
        if context.in_progress:
            context.in_progress = False
            self.in_progress -= 1

    def measured(self, delay: float) -> None:
        """The loop was that late, in seconds."""
        self.delay += _WEIGHT * (delay - self.delay)

    def refuses(self, *, last: bool) -> bool:
        """Whether to refuse this request; `last`: it goes last."""
        comfort, most = (LAST_COMFORT, self._most * 1.5) if last else (COMFORT, self._most)
        if self.in_progress >= most:
            return True
        if self.delay <= comfort:
            return False
        # Refusals are spread evenly rather than drawn: of four, one in four at a quarter.
        self._owed += min(1.0, (self.delay - comfort) / (2 * comfort))
        if self._owed < 1:
            return False
        self._owed -= 1
        return True

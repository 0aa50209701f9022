"""Load shedding: when overloaded, refuse some requests at once so that others are answered.

The signals are the delay of the event loop, which grows as soon as requests arrive faster than they
are processed, and the number of requests in progress, from the end of a request's body until its
response starts (slow senders would otherwise use up the limit). Past a comfortable delay a
growing share of the requests is refused: all of them at three times that delay. Pages and the
gateway's own routes have higher limits than data and are refused last. Open streams are not ended.
"""

from typing import Final

from gateway.routes.domain.request_context import RequestContext

COMFORTABLE_DELAY: Final = 0.1  # seconds, without refusals
LAST_COMFORTABLE_DELAY: Final = 0.4  # for requests that are refused last
_WEIGHT: Final = 0.3  # of the newest measure in the smoothed delay


class LoadShedding:
    """The load of this replica, and whether it refuses the next request.

    `max_requests`: requests in progress at once; half as many more for those refused last.
    """

    def __init__(self, *, max_requests: int) -> None:
        self._max_requests = max_requests
        self._refusals_due = 0.0
        self.in_progress = 0
        self.delay = 0.0

    def enter(self, context: RequestContext) -> None:
        """Count a request in progress, unless its response has started. Streams are not counted."""
        if not (context.in_progress or context.status or context.route.streaming):
            context.in_progress = True
            self.in_progress += 1

    def leave(self, context: RequestContext) -> None:
        """Stop counting it, if it is counted."""
        if context.in_progress:
            context.in_progress = False
            self.in_progress -= 1

    def record_delay(self, delay: float) -> None:
        """Record a delay of the loop, in seconds."""
        self.delay += _WEIGHT * (delay - self.delay)

    def refuses(self, *, last: bool) -> bool:
        """Whether to refuse the next request. `last`: it is one of those that are refused last."""
        comfortable, limit = COMFORTABLE_DELAY, float(self._max_requests)
        if last:
            comfortable, limit = LAST_COMFORTABLE_DELAY, self._max_requests * 1.5
        if self.in_progress >= limit:
            return True
        if self.delay <= comfortable:
            return False
        # Refusals are spread evenly, not at random: at a quarter, every fourth request.
        self._refusals_due += min(1.0, (self.delay - comfortable) / (2 * comfortable))
        if self._refusals_due < 1:
            return False
        self._refusals_due -= 1
        return True

"""Load shedding: when overloaded, refuse some requests at once so that others are answered.

The signals are the delay of the event loop, which grows as soon as requests arrive faster than they
are processed, and the number of requests in progress, from the end of a request's body until its
response starts (slow senders would otherwise take everybody's place). Past a comfortable delay a
growing share of the requests is refused: all of them at three times that delay. Pages and the
gateway's own routes have higher limits than data and are refused last. Open streams are not ended.
"""

from typing import Final

from gateway.routes.domain.request_context import RequestContext

COMFORT: Final = 0.1  # seconds of delay without refusals
LAST_COMFORT: Final = 0.4  # for requests that are refused last
_WEIGHT: Final = 0.3  # of the newest measure in the smoothed delay


class LoadShedding:
    """`most`: requests in progress at once; half as many more for those refused last."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._due = 0.0
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
        """Whether to refuse a request; `last`: it is refused last."""
        comfort, most = (LAST_COMFORT, self._most * 1.5) if last else (COMFORT, self._most)
        if self.in_progress >= most:
            return True
        if self.delay <= comfort:
            return False
        # Refusals are spread evenly, not at random: at a quarter, every fourth request.
        self._due += min(1.0, (self.delay - comfort) / (2 * comfort))
        if self._due < 1:
            return False
        self._due -= 1
        return True

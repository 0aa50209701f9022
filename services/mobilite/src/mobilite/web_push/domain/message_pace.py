"""How often a browser is sent messages.

What is news is compared with the last message, so one that waits contains all that is news then. A
rental station that is empty every other minute would otherwise notify each time.
"""

from typing import Final

_AT_ONCE: Final = 4
"""Messages about a journey without a wait."""
_INTERVAL: Final = 300.0
"""Seconds a message from then on."""
_WAIT: Final = 30.0
"""Seconds after the first refusal of a push service that states none; twice as many after each
other one in a row."""
_LONGEST_WAIT: Final = 900.0


class MessagePace:
    """When the next message to a browser can be sent. Instants are seconds of one clock."""

    def __init__(self, *, at_once: int = _AT_ONCE, interval: float = _INTERVAL) -> None:
        """`at_once`: messages without a wait. `interval`: seconds a message from then on."""
        self._at_once, self._interval = at_once, interval
        self.not_before = 0.0
        self._refused = 0
        self._paid_until = 0.0
        """When each message so far has had its interval."""

    def delivered(self, now: float) -> None:
        """A message was delivered at `now`."""
        self._refused = 0
        self._paid_until = max(self._paid_until, now) + self._interval
        self.not_before = self._paid_until - (self._at_once - 1) * self._interval

    def refused(self, now: float, after: float | None) -> None:
        """A push service took none at `now`. `after`: the seconds that it states, if it does."""
        wait = _WAIT * 2.0 ** min(self._refused, 10) if after is None else after
        self._refused += 1
        self.not_before = now + min(wait, _LONGEST_WAIT)

"""How an exchange with a service can fail, as the door sees it.

    Unreachable    no connection: nothing was sent                          503
    Overloaded     the service has its fill of requests: nothing was sent   503
    TooSlow        a time limit of the route ran out                        504
    Garbled        something came that is not an answer, or half of one     502
    CallerGone     nobody is waiting any more                               –
    CallerTooSlow  the caller's own bytes stopped coming                    408
    SentTooMuch    the caller's body passes the route's limit               413

The edge alone turns them into statuses.
"""

from typing import Literal


class Failure(Exception):
    """Base of the failures of an exchange."""


class Unreachable(Failure):
    """The service refuses connections, its name leads nowhere, or it is left alone because of it.
    `retry_after`: seconds, where that is known."""

    def __init__(self, why: str, *, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Overloaded(Failure):
    """As many requests as it is given at once await its answer. `retry_after`: seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class TooSlow(Failure):
    """A time limit ran out in that phase."""

    def __init__(self, phase: Literal["connect", "first_byte", "total", "idle"]) -> None:
        super().__init__(phase)
        self.phase = phase


class Garbled(Failure):
    """The service closed without answering, in the middle, or spoke something else than HTTP."""


class CallerGone(Failure):
    """The caller hung up."""


class CallerTooSlow(Failure):
    """The caller announced a body and stopped sending it."""


class SentTooMuch(Failure):
    """The caller's body passes the route's limit, in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

"""What messages are about, and the rules of their attempts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from pilotes.french.domain import local_time

TeamTopic = Literal["paused", "draw", "incident", "stage", "opinion"]
"""What a member of a team can be informed of. `paused`: the trial was paused. `draw`: people are
not in the arms as the draw plans. `incident`: a severe one was reported. `stage`: a gate was
opened. `opinion`: the Cr'Num has to give its opinion."""
TEAM_TOPICS: Final[tuple[TeamTopic, ...]] = get_args(TeamTopic)
MessageType = Literal["confirmation", "reminder", "paused", "draw", "incident", "stage", "opinion"]

AttemptOutcome = Literal["sent", "not_sent", "not_tried", "unknown", "refused"]
"""`sent`: the mail server, or the push service, accepted it. `not_sent`: it did not, and can later.
`not_tried`: nothing was sent to it, which is no attempt. `unknown`: the connection ended before it
answered. `refused`: there is no such address, or the browser has no such subscription any more."""

MOST_CONFIRMATIONS: Final = 3
"""First messages that one recipient can request in a day, and that can be requested for one
address: it is given by somebody, and can be anybody's."""
CONFIRMED_WITHIN: Final = timedelta(days=7)
"""How long an address waits for its confirmation: the link that was sent to it, or a push service
that accepts the first notification."""
COORDINATOR_CHOICE_LASTS: Final = timedelta(days=180)
"""How long messages to a coordinator last after they chose: no table says who still is one."""
REMINDED_WITHIN_DAYS: Final = 7
"""Days after the opening of a questionnaire until which it can be reminded of."""
TEAM_EVENTS_WITHIN: Final = timedelta(days=3)
"""The age beyond which an event is not sent to a team any more."""
ATTEMPTS: Final = 8
"""Attempts to send one message, at most."""

_FIRST_HOUR, _LAST_HOUR = 9, 20
_FIRST_DELAY: Final = timedelta(minutes=1)
_LONGEST_DELAY: Final = timedelta(hours=6)
_UNKNOWN_DELAY: Final = timedelta(minutes=10)
_NEXT_DAY: Final = timedelta(hours=24)
UNREADABLE_WAITS: Final = timedelta(minutes=10)
"""How long a process passes over the messages whose addresses it cannot open: another one perhaps
can."""


def is_daytime(now: datetime) -> bool:
    """Whether reminders are sent at that hour: from 9 to 20 in France."""
    return _FIRST_HOUR <= local_time(now).hour < _LAST_HOUR


def end_of_daytime(now: datetime) -> datetime:
    """The instant of that day from which no reminder is sent any more."""
    return local_time(now).replace(hour=_LAST_HOUR, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of an attempt to send a message."""

    outcome: AttemptOutcome
    after: timedelta | None = None
    """How long the push service asks to be left alone; None if it states nothing."""
    rejected: bool = False
    """Of `not_sent`: whether the push service refused a browser that it accepted before. It can be
    a fault of ours that is mended, or another key, which is for good."""


def next_attempt(
    message_type: MessageType,
    attempts: int,
    outcome: AttemptOutcome,
    after: timedelta | None = None,
) -> timedelta:
    """How long a message waits after an attempt that did not send it. `attempts`: so far. `after`:
    as in `Attempt`.

    An attempt with an unknown outcome can have arrived: a reminder waits for the next day.
    """
    if outcome == "unknown":
        return _NEXT_DAY if message_type == "reminder" else _UNKNOWN_DELAY
    if outcome == "not_tried":
        after = after or _FIRST_DELAY
    if after is not None:
        return min(_LONGEST_DELAY, max(_FIRST_DELAY, after))
    times: int = 4 ** min(attempts - 1, 5)
    return min(_LONGEST_DELAY, _FIRST_DELAY * times)

"""Plan the messages that are due, and send them. Each replica does it; a message is claimed by
one."""

from collections.abc import Awaitable, Callable
from typing import Final

from pilotes.french.domain import local_day
from pilotes.messages.domain.addresses import Channel
from pilotes.messages.domain.notifications import write_notification
from pilotes.messages.domain.topics import TEAM_EVENTS_WITHIN, Attempt, is_daytime
from pilotes.messages.domain.wording import write_letter
from pilotes.messages.ports import (
    ClaimedMessage,
    Outbox,
    Recipients,
    SendMail,
    SendNotification,
    TeamEvents,
)
from socle.clock import Clock

_MOST_AT_ONCE: Final = 100
_UNREADABLE: Final = Attempt("not_sent")
"""Of a message to an address that cannot be opened."""


async def erase_useless(*, recipients: Recipients, clock: Clock) -> None:
    """Erase the addresses that nothing is sent to any more."""
    await recipients.erase_useless(clock.now())


async def plan_reminders(*, outbox: Outbox, clock: Clock) -> None:
    """Add the reminders that are due to the outbox. They follow from consents and questionnaires:
    repeating it adds nothing."""
    now = clock.now()
    if is_daytime(now):
        await outbox.plan_reminders(local_day(now), now)


async def plan_team_events(*, outbox: Outbox, events: TeamEvents, clock: Clock) -> None:
    """Add the messages to teams that are due to the outbox. They follow from decisions, reports and
    figures: repeating it adds nothing."""
    now = clock.now()
    await outbox.plan_team_events(await events.list_between(now - TEAM_EVENTS_WITHIN, now), now)


async def send_mails(*, outbox: Outbox, send: SendMail, clock: Clock) -> int:
    """Send the e-mails that are due, `_MOST_AT_ONCE` at most. Returns the number of attempts."""

    async def attempt(claimed: ClaimedMessage) -> Attempt:
        if not isinstance(claimed.address, str):
            return _UNREADABLE
        return Attempt(await send(claimed.id, claimed.address, write_letter(claimed.facts)))

    return await _send_due("mail", attempt, outbox, clock)


async def send_notifications(*, outbox: Outbox, send: SendNotification, clock: Clock) -> int:
    """Send the notifications that are due, `_MOST_AT_ONCE` at most. Returns the number of
    attempts."""

    async def attempt(claimed: ClaimedMessage) -> Attempt:
        if claimed.address is None or isinstance(claimed.address, str):
            return _UNREADABLE
        notification = write_notification(claimed.facts, clock.now())
        return await send(claimed.id, claimed.address, notification)

    return await _send_due("push", attempt, outbox, clock)


async def _send_due(
    channel: Channel,
    attempt: Callable[[ClaimedMessage], Awaitable[Attempt]],
    outbox: Outbox,
    clock: Clock,
) -> int:
    for attempts in range(_MOST_AT_ONCE):
        now = clock.now()
        claimed = await outbox.claim(now, channel=channel, reminders=is_daytime(now))
        if claimed is None:
            return attempts
        await outbox.settle(claimed, await attempt(claimed), clock.now())
    return _MOST_AT_ONCE

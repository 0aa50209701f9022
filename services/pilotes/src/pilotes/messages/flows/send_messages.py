"""Plan the messages that are due, and send them. Each replica does it; a message is claimed by
one."""

from typing import Final

from pilotes.french.domain import local_day
from pilotes.messages.domain.topics import TEAM_EVENTS_WITHIN, Delivery, is_daytime
from pilotes.messages.domain.wording import write_letter
from pilotes.messages.ports import Outbox, Recipients, SendMail, TeamEvents
from socle.clock import Clock

_MOST_AT_ONCE: Final = 100


async def erase_useless(*, recipients: Recipients, clock: Clock) -> None:
    """Erase the addresses that nothing is sent to any more."""
    await recipients.erase_useless(clock.now())


async def plan_messages(*, outbox: Outbox, events: TeamEvents, clock: Clock) -> None:
    """Add what is due to the outbox. It follows from consents, questionnaires and decisions:
    repeating it adds nothing."""
    now = clock.now()
    if is_daytime(now):
        await outbox.plan_reminders(local_day(now), now)
    await outbox.plan_team_events(await events.list_between(now - TEAM_EVENTS_WITHIN, now), now)


async def send_due(*, outbox: Outbox, send: SendMail, clock: Clock) -> int:
    """Send the messages that are due, `_MOST_AT_ONCE` at most. Returns the number of attempts."""
    for attempts in range(_MOST_AT_ONCE):
        now = clock.now()
        claimed = await outbox.claim(now, reminders=is_daytime(now))
        if claimed is None:
            return attempts
        outcome: Delivery = "not_sent"
        if claimed.address is not None:
            outcome = await send(claimed.id, claimed.address, write_letter(claimed.facts))
        await outbox.settle(claimed, outcome, clock.now())
    return _MOST_AT_ONCE

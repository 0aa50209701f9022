"""Plan the messages that are due, and send them. Each replica does it; a message is claimed by
one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
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
from socle.web_push import AT_ONCE

_MOST_IN_A_ROUND: Final = 100
_LAST_SECONDS: Final = 8.0
"""How long what is being sent may take once the process stops: less than the ten seconds of grace,
after which the database is closed."""


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
    """Send the e-mails that are due, one after another: they have one server. Returns the number of
    attempts, `_MOST_IN_A_ROUND` at most."""

    async def attempt(claimed: ClaimedMessage) -> Attempt:
        assert isinstance(claimed.address, str)
        return Attempt(await send(claimed.id, claimed.address, write_letter(claimed.facts)))

    return await _send_due("mail", attempt, outbox, clock, at_once=1)


async def send_notifications(*, outbox: Outbox, send: SendNotification, clock: Clock) -> int:
    """Send the notifications that are due. Returns the number of attempts, `_MOST_IN_A_ROUND` at
    most."""

    async def attempt(claimed: ClaimedMessage) -> Attempt:
        assert not isinstance(claimed.address, str)
        notification = write_notification(claimed.facts, clock.now())
        return await send(claimed.id, claimed.address, notification)

    # As many as one push service is sent, so that no claimed one waits for it. A process that is
    # killed leaves as many with an unknown outcome.
    return await _send_due("push", attempt, outbox, clock, at_once=AT_ONCE)


async def _send_due(
    channel: Channel,
    attempt: Callable[[ClaimedMessage], Awaitable[Attempt]],
    outbox: Outbox,
    clock: Clock,
    *,
    at_once: int,
) -> int:
    """Send what is due. A failure, or the stop of the process, ends it once the messages that are
    being sent are settled: an attempt that is broken off can have arrived."""
    sending = _Round(channel, attempt, outbox, clock)
    await _run_all([sending.send_one_after_another() for _ in range(at_once)], sending.stop)
    return sending.attempts


@dataclass(slots=True)
class _Round:
    """What several senders share."""

    channel: Channel
    attempt: Callable[[ClaimedMessage], Awaitable[Attempt]]
    outbox: Outbox
    clock: Clock
    attempts: int = 0
    more: bool = True
    """Whether messages are claimed."""
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Claims wait for each other in the database: one connection of the pool is enough."""

    def stop(self) -> None:
        self.more = False

    async def send_one_after_another(self) -> None:
        try:
            while (claimed := await self._claim()) is not None:
                found = await self.attempt(claimed)
                self.attempts -= found.outcome == "not_tried"
                async with self.storing:
                    await self.outbox.settle(claimed, found, self.clock.now())
        except BaseException:
            self.stop()
            raise

    async def _claim(self) -> ClaimedMessage | None:
        async with self.storing:
            if not self.more or self.attempts >= _MOST_IN_A_ROUND:
                return None
            now = self.clock.now()
            claimed = await self.outbox.claim(now, channel=self.channel, reminders=is_daytime(now))
            self.more = self.more and claimed is not None
            self.attempts += claimed is not None
            return claimed


async def _run_all(senders: Sequence[Awaitable[None]], stop: Callable[[], None]) -> None:
    """Run until all have ended, then raise the first failure. If it is cancelled, it calls `stop`
    and lets them end within `_LAST_SECONDS`; another cancellation breaks them off."""
    running = asyncio.gather(*senders, return_exceptions=True)
    try:
        results = await asyncio.shield(running)
    except asyncio.CancelledError:
        stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await running
        raise
    for ended in results:
        if isinstance(ended, BaseException):
            raise ended

"""Wiring of messages: their pages, and the loops that send them."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from pilotes.messages.adapters.outbox import PostgresOutbox
from pilotes.messages.adapters.push_sender import NotificationSender
from pilotes.messages.adapters.recipient_store import PostgresRecipients
from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.adapters.smtp_client import MailServer, SmtpClient, read_login
from pilotes.messages.adapters.team_events import PostgresTeamEvents
from pilotes.messages.api.link_pages import link_pages
from pilotes.messages.api.reminder_pages import reminder_pages
from pilotes.messages.api.team_pages import team_message_pages
from pilotes.messages.domain.addresses import read_address
from pilotes.messages.flows.messages_desk import MessagesDesk, Notifications
from pilotes.messages.flows.send_messages import (
    erase_useless,
    plan_reminders,
    plan_team_events,
    send_mails,
    send_notifications,
)
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.flows.desk import Desk
from pilotes.settings import PilotesSettings
from socle.clock import Clock
from socle.errors import Refusal, Retry
from socle.http import Router, http_client
from socle.pages import Pages
from socle.postgres import Pool
from socle.service import Task
from socle.web_push import PushSender, push_services

log = logging.getLogger("pilotes.messages")

PLAN_SECONDS: Final = 60.0
"""Seconds between two searches for what is due."""
SEND_SECONDS: Final = 5.0
"""Seconds between two searches for messages to send."""


def wire_messages(pool: Pool, settings: PilotesSettings, clock: Clock) -> MessagesDesk:
    """The dependencies of the use cases of messages. Raises Refusal if messages would be from no
    address, or notifications with no usable key: they are not offered then."""
    if settings.smtp_host:
        _sender(settings)
    addresses = SealedAddresses(settings.key.get_secret_value())
    return MessagesDesk(
        PostgresRecipients(pool, addresses),
        clock,
        sends_mail=bool(settings.smtp_host),
        notifications=_notifications(settings),
    )


def _notifications(settings: PilotesSettings) -> Notifications | None:
    """How browsers are reached; None without a key. Raises Refusal if the key is not usable."""
    if settings.push_key is None:
        return None
    from socle.web_push.vapid import read_vapid_key

    return Notifications(read_vapid_key(settings).public, push_services(settings))


async def wire_push_sender(stack: AsyncExitStack, settings: PilotesSettings) -> PushSender | None:
    """What sends notifications until the stack is closed; None without a key. Raises Refusal if the
    key is not usable."""
    if settings.push_key is None:
        return None
    # Only who sends loads them: another HTTP library comes along.
    from socle.web_push.client import WebPushClient
    from socle.web_push.vapid import read_vapid_key

    key = read_vapid_key(settings)
    session = await stack.enter_async_context(http_client(outside=True))
    return WebPushClient(session, key, push_services(settings))


def message_pages(
    record: Desk, people: PeopleDesk, messages: MessagesDesk, pages: Pages
) -> tuple[Router, ...]:
    """The pages on which people choose messages, and those that links in messages lead to."""
    return (
        link_pages(messages, pages),
        reminder_pages(people, messages, pages),
        team_message_pages(record, messages, pages),
    )


def message_tasks(
    pool: Pool,
    settings: PilotesSettings,
    clock: Clock,
    read: ReadStatement,
    push: PushSender | None,
) -> dict[str, Task]:
    """The tasks that erase useless addresses, and with a mail server or `push` send messages.
    `read`: verifies a decision. Each channel has its own: one that hangs delays no other."""
    addresses = SealedAddresses(settings.key.get_secret_value())
    recipients = PostgresRecipients(pool, addresses)
    outbox = PostgresOutbox(pool, addresses, public=settings.public)
    work: dict[str, tuple[Callable[[], Awaitable[object]], float]] = {
        "useless_addresses": (
            partial(erase_useless, recipients=recipients, clock=clock),
            PLAN_SECONDS,
        )
    }
    if settings.smtp_host or push is not None:
        plan = partial(plan_reminders, outbox=outbox, clock=clock)
        work["planned_reminders"] = plan, PLAN_SECONDS
    if settings.smtp_host:
        events = PostgresTeamEvents(pool, read)
        team = partial(plan_team_events, outbox=outbox, events=events, clock=clock)
        client = SmtpClient(_mail_server(settings), clock)
        work["planned_team_messages"] = team, PLAN_SECONDS
        work["mails"] = partial(send_mails, outbox=outbox, send=client, clock=clock), SEND_SECONDS
    if push is not None:
        sender = NotificationSender(push, clock)
        send = partial(send_notifications, outbox=outbox, send=sender, clock=clock)
        work["notifications"] = send, SEND_SECONDS
    return {name: partial(_repeat, each, seconds, clock) for name, (each, seconds) in work.items()}


def _mail_server(settings: PilotesSettings) -> MailServer:
    """The mail server of the settings. Raises Refusal if its login cannot be used, or the sender
    is no address."""
    user, password = read_login(settings.smtp_login, settings.smtp_security)
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        user,
        password,
        _sender(settings),
    )


def _sender(settings: PilotesSettings) -> str:
    """The address that messages are from. Raises Refusal if it is none."""
    try:
        return read_address(settings.smtp_from)
    except Refusal:
        raise Refusal(
            "invalid", "PILOTES_SMTP_FROM doit être une adresse seule, comme lab@exemple.fr."
        ) from None


async def _repeat(work: Callable[[], Awaitable[object]], seconds: float, clock: Clock) -> None:
    """Do the work every so many seconds, also after a failure, until cancelled."""
    while True:
        try:
            await work()
        except Retry as retry:
            log.warning("messages cannot be sent now: %s", retry.message)
        await clock.sleep(seconds)

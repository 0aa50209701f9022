"""Wiring of messages: their pages, and the loop that sends them."""

import logging
from functools import partial
from typing import Final

from pilotes.messages.adapters.outbox import PostgresOutbox
from pilotes.messages.adapters.recipient_store import PostgresRecipients
from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.adapters.smtp_client import MailServer, SmtpClient, read_login
from pilotes.messages.adapters.team_events import PostgresTeamEvents
from pilotes.messages.api.link_pages import link_pages
from pilotes.messages.api.reminder_pages import reminder_pages
from pilotes.messages.api.team_pages import team_message_pages
from pilotes.messages.flows.messages_desk import MessagesDesk
from pilotes.messages.flows.send_messages import plan_messages, send_due
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.flows.desk import Desk
from pilotes.settings import PilotesSettings
from socle.clock import Clock
from socle.errors import Retry
from socle.http import Router
from socle.pages import Pages
from socle.postgres import Pool
from socle.service import Task

log = logging.getLogger("pilotes.messages")

SEND_SECONDS: Final = 5.0
"""Seconds between two searches for messages to send."""


def wire_messages(pool: Pool, settings: PilotesSettings, clock: Clock) -> MessagesDesk:
    """The dependencies of the use cases of messages."""
    addresses = SealedAddresses(settings.key.get_secret_value())
    return MessagesDesk(PostgresRecipients(pool, addresses), clock, bool(settings.smtp_host))


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
    pool: Pool, settings: PilotesSettings, clock: Clock, read: ReadStatement
) -> dict[str, Task]:
    """The task that sends messages; none without a mail server. `read`: verifies a decision."""
    if not settings.smtp_host:
        return {}
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        *read_login(settings.smtp_login, settings.smtp_security),
        settings.smtp_from,
    )
    addresses = SealedAddresses(settings.key.get_secret_value())
    outbox = PostgresOutbox(pool, addresses, public=settings.public)
    plan = partial(
        plan_messages,
        recipients=PostgresRecipients(pool, addresses),
        outbox=outbox,
        events=PostgresTeamEvents(pool, read),
        clock=clock,
    )
    send = partial(send_due, outbox=outbox, send=SmtpClient(server, clock), clock=clock)

    async def for_ever() -> None:
        while True:
            try:
                await plan()
                await send()
            except Retry as retry:
                log.warning("messages cannot be sent now: %s", retry.message)
            await clock.sleep(SEND_SECONDS)

    return {"messages": for_ever}

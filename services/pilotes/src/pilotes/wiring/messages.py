"""Wiring of messages: their pages, and the loop that sends them."""

import logging
from collections.abc import Awaitable, Callable
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
from pilotes.messages.domain.addresses import read_address
from pilotes.messages.flows.messages_desk import MessagesDesk
from pilotes.messages.flows.send_messages import erase_useless, plan_messages, send_due
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.flows.desk import Desk
from pilotes.settings import PilotesSettings
from socle.clock import Clock
from socle.errors import Refusal, Retry
from socle.http import Router
from socle.pages import Pages
from socle.postgres import Pool
from socle.service import Task

log = logging.getLogger("pilotes.messages")

PLAN_SECONDS: Final = 60.0
"""Seconds between two searches for what is due."""
SEND_SECONDS: Final = 5.0
"""Seconds between two searches for messages to send."""


def wire_messages(pool: Pool, settings: PilotesSettings, clock: Clock) -> MessagesDesk:
    """The dependencies of the use cases of messages. Raises Refusal if messages would be from no
    address: they are not offered then."""
    if settings.smtp_host:
        _sender(settings)
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
    """The tasks that erase useless addresses, and with a mail server send messages. `read`:
    verifies a decision."""
    addresses = SealedAddresses(settings.key.get_secret_value())
    recipients = PostgresRecipients(pool, addresses)
    erase = partial(erase_useless, recipients=recipients, clock=clock)
    tasks: dict[str, Task] = {"useless_addresses": partial(_repeat, erase, PLAN_SECONDS, clock)}
    if settings.smtp_host:
        outbox = PostgresOutbox(pool, addresses, public=settings.public)
        events = PostgresTeamEvents(pool, read)
        plan = partial(plan_messages, outbox=outbox, events=events, clock=clock)
        client = SmtpClient(_mail_server(settings), clock)
        send = partial(send_due, outbox=outbox, send=client, clock=clock)
        tasks["planned_messages"] = partial(_repeat, plan, PLAN_SECONDS, clock)
        tasks["messages"] = partial(_repeat, send, SEND_SECONDS, clock)
    return tasks


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

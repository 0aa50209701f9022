"""The messages of a lab: planned and sent as the role `fold` does."""

from dataclasses import dataclass
from email.message import EmailMessage

from mail_server import Mailboxes
from pilot_lab import SALT_KEY, Lab

from pilotes.messages.adapters.outbox import PostgresOutbox
from pilotes.messages.adapters.recipient_store import PostgresRecipients
from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.adapters.smtp_client import SmtpClient
from pilotes.messages.adapters.team_events import PostgresTeamEvents
from pilotes.messages.flows.send_messages import (
    erase_useless,
    plan_reminders,
    plan_team_events,
    send_mails,
    send_notifications,
)
from pilotes.messages.ports import SendMail, SendNotification


@dataclass
class Post:
    """The stores of messages, and a mail server."""

    lab: Lab
    boxes: Mailboxes
    notify: SendNotification | None = None
    """What sends notifications; None: none is sent."""

    @property
    def outbox(self) -> PostgresOutbox:
        addresses = SealedAddresses(SALT_KEY)
        return PostgresOutbox(self.lab.pool, addresses, public="https://lab.example")

    @property
    def client(self) -> SendMail:
        return SmtpClient(self.boxes.server(), self.lab.clock)

    async def plan(self) -> None:
        """What is due, without sending it; useless addresses are erased."""
        outbox, clock = self.outbox, self.lab.clock
        recipients = PostgresRecipients(self.lab.pool, SealedAddresses(SALT_KEY))
        events = PostgresTeamEvents(self.lab.pool, self.lab.signer.read)
        await erase_useless(recipients=recipients, clock=clock)
        await plan_reminders(outbox=outbox, clock=clock)
        await plan_team_events(outbox=outbox, events=events, clock=clock)

    async def deliver(self, send: SendMail | None = None) -> list[EmailMessage]:
        """Plan and send what is due. Returns what the mail server received."""
        await self.plan()
        outbox, clock = self.outbox, self.lab.clock
        await send_mails(outbox=outbox, send=send or self.client, clock=clock)
        if self.notify is not None:
            await send_notifications(outbox=outbox, send=self.notify, clock=clock)
        return self.boxes.take()

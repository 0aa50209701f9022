"""A mail server in the test's own process (aiosmtpd), and its mailboxes."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from pilotes.messages.adapters.smtp_client import MailServer


@dataclass
class Mailboxes:
    """What a mail server received, and how it answers."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipient_reply: str = "250 OK"
    data_reply: str | None = "250 OK"
    """None: the connection ends once the message was received."""

    def server(self, **changes: Any) -> MailServer:
        """How a client reaches it."""
        values = {"security": "none", "user": "", "password": "", "sender": "lab@example.org"}
        return MailServer(host="127.0.0.1", port=self.port, **(values | changes))

    def take(self) -> list[EmailMessage]:
        """The letters since the last call."""
        taken, self.letters = self.letters, []
        return taken

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient_reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        letter = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        if self.data_reply is None:
            assert server.transport is not None
            server.transport.close()
        return self.data_reply or ""


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None, password: str = ""
) -> AsyncIterator[Mailboxes]:
    """Run a mail server. `tls`: for STARTTLS, which is then required, as is a login."""
    boxes = Mailboxes()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: Any, data: Any) -> Any:
        return AuthResult(success=data.password.decode() == password)

    def connection() -> SMTP:
        return SMTP(
            boxes,
            hostname="mail.example",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=tls is not None,
            authenticator=authenticate,
        )

    running = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    boxes.port = running.sockets[0].getsockname()[1]
    try:
        yield boxes
    finally:
        running.close()


def link_in(letter: EmailMessage, start: str = "https://lab.example") -> str:
    """The path of the first link in a letter."""
    found = re.search(rf"{re.escape(start)}(\S+)", letter.get_content())
    assert found, letter.get_content()
    return found[1]

"""Sends messages to a mail server (RFC 5321), one connection for each.

`smtplib` in a thread: a mail is seldom, and the standard library needs no other dependency. Its
exceptions contain addresses: their text is not logged.
"""

import asyncio
import logging
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from pilotes.messages.domain.topics import AttemptOutcome
from pilotes.messages.domain.wording import Letter
from socle.clock import Clock
from socle.errors import Refusal

log = logging.getLogger("pilotes.messages")

TransportSecurity = Literal["starttls", "tls", "none"]
_TIME_LIMIT: Final = 10.0  # seconds, of each reply
_LONGEST_LINE: Final = 998
"""Characters of a line of a message (RFC 5322 §2.1.1)."""
# RFC 3463: the address is wrong (5.1.x) or its mailbox is disabled (5.2.1). Other permanent
# refusals are about this server or the message, and say nothing about the address.
_NO_SUCH_ADDRESS: Final = re.compile(rb"5\.(?:1\.\d{1,3}|2\.1)\b")
_ENHANCED: Final = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")
_NO_SUCH_MAILBOX: Final = frozenset({550, 551, 553})


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server that accepts messages, and how this service logs in."""

    host: str
    port: int
    security: TransportSecurity
    user: str
    """Empty: without a login."""
    password: str
    sender: str
    """The address that messages are from."""


def read_login(path: Path | None, security: TransportSecurity) -> tuple[str, str]:
    """The user and the password in a file, a line each; empty without a file or in an empty one.
    Raises Refusal if the file cannot be read, or the password would travel in clear."""
    try:
        lines = [] if path is None else path.read_text("utf-8").splitlines()
    except OSError as error:
        raise _unusable(f"{path} est illisible ({error.strerror})") from None
    except ValueError:
        raise _unusable(f"{path} n'est pas un texte") from None
    if not lines:
        return "", ""
    if len(lines) != 2 or not all(lines):
        raise _unusable(f"{path} doit avoir deux lignes, un utilisateur puis son mot de passe")
    if security == "none":
        raise _unusable("avec PILOTES_SMTP_SECURITY=none, le mot de passe passerait en clair")
    return lines[0], lines[1]


def _unusable(why: str) -> Refusal:
    return Refusal("invalid", f"PILOTES_SMTP_LOGIN : {why}.")


class SmtpClient:
    """Implements `SendMail`. `context`: the certificates that are trusted; None: the system's."""

    def __init__(
        self, server: MailServer, clock: Clock, *, context: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._clock = server, clock
        self._context = context or ssl.create_default_context()

    async def __call__(self, message_id: UUID, address: str, letter: Letter) -> AttemptOutcome:
        try:
            recipient = Address(addr_spec=address)
        except Exception as error:  # noqa: BLE001 - the parser raises errors of several families
            log.warning("an address cannot be written in a header: %s", type(error).__name__)
            return "refused"
        try:
            mail = self._compose(message_id, recipient, letter)
        except Exception as error:  # noqa: BLE001 - one message does not end the others
            log.error("a message cannot be composed: %s", type(error).__name__)
            return "not_sent"
        return await asyncio.to_thread(self._send, mail)

    def _compose(self, message_id: UUID, recipient: Address, letter: Letter) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        sender = Address(display_name="Région Lab", addr_spec=self._server.sender)
        mail["From"], mail["To"] = sender, recipient
        mail["Subject"] = letter.subject
        mail["Date"] = format_datetime(self._clock.now())
        # The same at each attempt: a mailbox can tell a repeated message.
        mail["Message-ID"] = f"<{message_id}@{sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if letter.stop is not None:
            mail["List-Unsubscribe"] = f"<{letter.stop}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(letter.text, cte="quoted-printable")
        # Only then: lines of the text are short, and the link of a header, which would be
        # encoded where it is longer, stays one that mailboxes read (RFC 8058 §3.1).
        mail.policy = SMTP.clone(max_line_length=_LONGEST_LINE)
        return mail

    def _send(self, mail: EmailMessage) -> AttemptOutcome:
        try:
            connection = self._connect()
        except Exception as error:  # noqa: BLE001 - one message does not end the others
            log.warning("the mail server cannot be used: %s", type(error).__name__)
            return "not_sent"
        try:
            connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, reply),) = error.recipients.values()
            log.warning("the mail server refused a recipient: %d", code)
            return "refused" if _is_no_address(code, reply) else "not_sent"
        except smtplib.SMTPResponseException as error:
            log.warning("the mail server refused a message: %d", error.smtp_code)
            return "not_sent"
        except Exception as error:  # noqa: BLE001 - it can have arrived before any error
            log.warning("a message was perhaps not sent: %s", type(error).__name__)
            return "unknown"
        finally:
            _close(connection)
        return "sent"

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        # Named after the sender: the name of this machine would need a query, and says nothing.
        name = server.sender.rpartition("@")[2]
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host,
                server.port,
                name,
                timeout=_TIME_LIMIT,
                context=self._context,
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, name, timeout=_TIME_LIMIT)
        try:
            if server.security == "starttls":
                connection.starttls(context=self._context)
            if server.user:
                connection.login(server.user, server.password)
        except Exception:
            _close(connection)
            raise
        return connection


def _close(connection: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):
        connection.quit()
    connection.close()


def _is_no_address(code: int, reply: bytes) -> bool:
    """Whether a reply to RCPT states that there is no such address."""
    if _ENHANCED.match(reply):
        return code >= 500 and _NO_SUCH_ADDRESS.match(reply) is not None
    return code in _NO_SUCH_MAILBOX

"""Messages on their way to a real mail server, over the protocol that operators run it with."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mail_server import Mailboxes, mail_server

from pilotes.messages.adapters.smtp_client import SmtpClient, TransportSecurity, read_login
from pilotes.messages.domain.addresses import read_address
from pilotes.messages.domain.topics import AttemptOutcome
from pilotes.messages.domain.wording import LetterFacts, write_letter
from socle.clock import ManualClock
from socle.errors import Refusal

MESSAGE = UUID(int=7)
ADDRESS = "anne.martin@exemple.fr"
STOP = "s" * 43  # as long as those of the service
REMINDER = write_letter(
    LetterFacts(
        "reminder",
        "fr",
        "https://lab.example",
        "c",
        STOP,
        opens=datetime(2026, 3, 30, tzinfo=UTC).date(),
    )
)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server and of its clients."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.NameAttribute
    subject = x509.Name([name(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem, encoding = folder / "server.pem", serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made.public_bytes(encoding))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    client = ssl.create_default_context(cafile=str(pem))
    return server, client


async def test_a_reminder_is_sent_encrypted_after_a_login_and_names_nothing(
    tmp_path: Path, manual_clock: ManualClock
) -> None:
    server, client = certificate(tmp_path)
    async with mail_server(server, "un secret") as boxes:
        known = boxes.server(security="starttls", user="lab", password="un secret")
        send = SmtpClient(known, manual_clock, context=client)
        assert await send(MESSAGE, ADDRESS, REMINDER) == "sent"
        (letter,) = boxes.take()
        # The certificate is of nobody that this machine trusts.
        assert await SmtpClient(known, manual_clock)(MESSAGE, ADDRESS, REMINDER) == "not_sent"
    assert boxes.letters == []
    assert letter["to"] == ADDRESS
    assert str(letter["from"]) == "Région Lab <lab@example.org>"
    assert letter["subject"] == "Région Lab : quelques questions pour vous"
    assert letter["message-id"] == f"<{MESSAGE}@example.org>"
    # As it is written: a mailbox reads no encoded word in it.
    (unsubscribe,) = (text for name, text in letter.raw_items() if name == "List-Unsubscribe")
    assert unsubscribe == f"<https://lab.example/participer/messages/arreter/{STOP}>"
    assert max(map(len, letter.get_payload().splitlines())) <= 78
    assert letter["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert letter["auto-submitted"] == "auto-generated"
    text = letter.get_content()
    assert "À partir du 30 mars 2026" in text
    assert "https://lab.example/participer/mes-participations\r\n" in text


@pytest.mark.parametrize(
    ("recipient", "data", "outcome"),
    [
        ("550 5.1.1 No such user", "250 OK", "refused"),
        ("550 No such user", "250 OK", "refused"),
        ("550 5.7.1 Relaying denied", "250 OK", "not_sent"),
        ("451 4.7.1 Try later", "250 OK", "not_sent"),
        ("250 OK", "552 5.3.4 Too big", "not_sent"),
        ("250 OK", None, "unknown"),
    ],
)
async def test_a_reply_decides_whether_to_try_again(
    recipient: str,
    data: str | None,
    outcome: AttemptOutcome,
    manual_clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with mail_server() as boxes:
        boxes.recipient_reply, boxes.data_reply = recipient, data
        send = SmtpClient(boxes.server(), manual_clock)
        assert await send(MESSAGE, ADDRESS, REMINDER) == outcome
    assert caplog.records
    assert "exemple.fr" not in caplog.text


def test_a_login_is_a_file_and_never_travels_in_clear(tmp_path: Path) -> None:
    path = tmp_path / "smtp"
    path.write_text("")
    assert read_login(None, "none") == read_login(path, "none") == ("", "")
    path.write_text("lab\nun secret\n")
    assert read_login(path, "starttls") == ("lab", "un secret")
    wrong: Path
    security: TransportSecurity
    for wrong, security in ((path, "none"), (tmp_path / "autre", "tls"), (tmp_path, "tls")):
        with pytest.raises(Refusal):
            read_login(wrong, security)
    path.write_text("lab\n")
    with pytest.raises(Refusal, match="deux lignes"):
        read_login(path, "tls")


@pytest.mark.parametrize(
    "typed",
    [
        "=?utf-8?q?=C3=A9?=@example.fr",
        "=?utf-8?b?AAAA?=@example.fr",
        "=?utf-8?q?a?=.b@example.fr",
    ],
)
async def test_an_address_that_a_header_reads_as_another_is_refused(
    typed: str, manual_clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Refusal):
        read_address(typed)
    # One that was stored before is erased, and the others still get their messages.
    send = SmtpClient(Mailboxes().server(), manual_clock)
    assert await send(MESSAGE, typed, REMINDER) == "refused"
    assert caplog.records
    assert "example.fr" not in caplog.text


async def test_whatever_fails_ends_no_other_message(
    manual_clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    two_lines = replace(REMINDER, subject="Deux\nlignes")
    send = SmtpClient(Mailboxes().server(), manual_clock)
    assert await send(MESSAGE, ADDRESS, two_lines) == "not_sent"
    nowhere = SmtpClient(replace(Mailboxes().server(), host="a..b"), manual_clock)
    assert await nowhere(MESSAGE, ADDRESS, REMINDER) == "not_sent"
    async with mail_server() as boxes:
        beyond_ascii = SmtpClient(boxes.server(), manual_clock)
        assert await beyond_ascii(MESSAGE, "\xe9@exemple.fr", REMINDER) != "sent"
    assert "exemple.fr" not in caplog.text


async def test_without_a_mail_server_a_message_waits(manual_clock: ManualClock) -> None:
    async with mail_server() as boxes:
        gone = boxes.server()
    assert await SmtpClient(gone, manual_clock)(MESSAGE, ADDRESS, REMINDER) == "not_sent"

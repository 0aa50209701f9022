"""The settings of messages are checked at the start, not at the first message."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from pilotes.settings import PilotesSettings
from pilotes.wiring.messages import message_tasks, wire_messages, wire_push_sender
from socle.clock import SystemClock
from socle.errors import Refusal


def settings(sender: str) -> PilotesSettings:
    """The settings of an installation that sends messages from there."""
    return PilotesSettings(
        postgres="postgresql://nowhere",
        key="k" * 32,
        signing_keys=Path("keys.json"),
        smtp_host="mail.example",
        smtp_from=sender,
    )


@pytest.mark.parametrize("sender", ["Lab <lab@example.org>", "lab@", "lab@example.org\r\nBcc: a@b"])
def test_a_sender_that_is_no_address_alone_is_refused_at_the_start(sender: str) -> None:
    pool: Any = None
    for wire in (
        lambda given: wire_messages(pool, given, SystemClock()),
        lambda given: message_tasks(pool, given, SystemClock(), lambda _: None, None),
    ):
        with pytest.raises(Refusal, match="PILOTES_SMTP_FROM doit être une adresse seule"):
            wire(settings(sender))


def test_an_address_alone_is_accepted_and_none_is_not() -> None:
    pool: Any = None
    assert wire_messages(pool, settings("lab@example.org"), SystemClock()).sends_mail
    with pytest.raises(ValueError, match="PILOTES_SMTP_FROM"):
        settings("")


async def test_a_key_of_notifications_is_checked_at_the_start() -> None:
    pool: Any = None
    given = settings("lab@example.org")
    assert wire_messages(pool, given, SystemClock()).notifications is None
    for change, mistake in (
        ({"push_key": "x", "push_contact": "https://lab.example"}, "PILOTES_PUSH_KEY : 32 octets"),
        ({"push_key": "A" * 42 + "E"}, "PILOTES_PUSH_CONTACT : PILOTES_PUSH_KEY demande"),
    ):
        wrong = PilotesSettings(**given.model_dump() | change)
        with pytest.raises(Refusal, match=mistake):
            wire_messages(pool, wrong, SystemClock())
        async with AsyncExitStack() as stack:
            with pytest.raises(Refusal, match=mistake):
                await wire_push_sender(stack, wrong)

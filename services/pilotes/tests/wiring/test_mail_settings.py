"""The settings of the mail server are checked at the start, not at the first message."""

from pathlib import Path
from typing import Any

import pytest

from pilotes.settings import PilotesSettings
from pilotes.wiring.messages import message_tasks, wire_messages
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
        lambda given: message_tasks(pool, given, SystemClock(), lambda _: None),
    ):
        with pytest.raises(Refusal, match="PILOTES_SMTP_FROM doit être une adresse seule"):
            wire(settings(sender))


def test_an_address_alone_is_accepted_and_none_is_not() -> None:
    pool: Any = None
    assert wire_messages(pool, settings("lab@example.org"), SystemClock()).available
    with pytest.raises(ValueError, match="PILOTES_SMTP_FROM"):
        settings("")

"""What is sealed in databases stays readable, for whom it was sealed alone."""

from typing import Final

import pytest

from pilotes.record.adapters.salts import Salts
from pilotes.record.adapters.sealing import Sealer
from pilotes.record.domain.pilot import PilotId
from socle.errors import Refusal

KEY: Final = "k" * 32
STORED: Final = bytes.fromhex(
    "64f9eaea8582d5fccb8f1b48a4db7b5540d24e77c938d452b2f38fbe72c83025"
    "588f556adfd910495fb2b38c5fcbc281b8b2b47c9832cfad0227d849"
)
"""The salt of a pilot as an installation stored it: the bytes 0 to 31."""


def test_a_stored_salt_opens_with_its_key_and_for_its_pilot() -> None:
    assert Salts(KEY).open(PilotId("alertes"), STORED) == bytes(range(32))
    for key, pilot in ((KEY, "autre"), ("j" * 32, "alertes")):
        with pytest.raises(Refusal):
            Salts(key).open(PilotId(pilot), STORED)


def test_another_purpose_recipient_or_byte_opens_nothing() -> None:
    sealed = Sealer("addresses", KEY).seal(b"anne", b"content")
    assert Sealer("addresses", KEY).open(b"anne", sealed) == b"content"
    assert Sealer("salts", KEY).open(b"anne", sealed) is None
    assert Sealer("addresses", KEY).open(b"lucie", sealed) is None
    assert Sealer("addresses", KEY).open(b"anne", sealed[:-1]) is None
    assert Sealer("addresses", KEY).open(b"anne", b"") is None

"""A participant: an account of the platform, or a personal code.

The gateway computes the same subjects and pseudonyms (`docs/decisions/0022`).
"""

import hmac
from dataclasses import dataclass
from typing import Final, Literal

from pilotes.identity.domain.codes import PERSONAL_LETTERS, read_code

PARTICIPANT_COOKIE: Final = "__Host-participant"
_WITHOUT_ACCOUNT: Final = "participant:"
"""Prefix of the subjects of participants without an account."""

ConsentMeans = Literal["account", "device"]
"""How a person is identified: by their account, or by the cookie of their device."""

PERSON_ROLES: Final = frozenset(
    {"anonymous", "traveller", "patient", "professional", "coordinator"}
)
"""The roles of the platform that people have."""


@dataclass(frozen=True, slots=True)
class Person:
    """The person who sends a request. They have both identities if they first took part without an
    account on this device."""

    account: str | None = None
    """Their subject on the platform; None: not logged in."""
    personal_code: str | None = None
    """The code that their device stores; None: none."""

    @property
    def means(self) -> ConsentMeans:
        """How they would consent now: the gateway reads the account first. `device` also for a
        person who has neither yet."""
        return "account" if self.account else "device"

    @property
    def subject(self) -> str | None:
        """The subject they would consent as; None without account and code."""
        return self.account or (self.personal_code and personal_code_subject(self.personal_code))

    @property
    def identities(self) -> tuple["Person", ...]:
        """Each identity alone: that of the account, that of the device."""
        account = (Person(account=self.account),) if self.account else ()
        device = (Person(personal_code=self.personal_code),) if self.personal_code else ()
        return account + device

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects whose consents they can read and withdraw."""
        own = self.personal_code and personal_code_subject(self.personal_code)
        return tuple(each for each in (self.account, own) if each)


def personal_code_subject(code: str) -> str:
    """The subject of a participant without an account."""
    return _WITHOUT_ACCOUNT + code


def read_personal_code(value: str | None) -> str | None:
    """The code in a cookie; None without one, or if its value is not exactly a code: the gateway
    takes the value as it is."""
    code = read_code(value, PERSONAL_LETTERS) if value else None
    return code if code == value else None


def pseudonym_of(salt: bytes, subject: str) -> str:
    """The pseudonym of a person in one pilot: HMAC-SHA256, in hexadecimal. Without the salt it
    cannot be linked to the person, nor to their pseudonym in another pilot."""
    return hmac.digest(salt, subject.encode(), "sha256").hex()


def reporter_name(salt: bytes, subject: str) -> str:
    """The name that a person's reports in one pilot are stored under. It differs from their
    pseudonym: the database alone does not link reports to uses."""
    return pseudonym_of(salt, f"report:{subject}")

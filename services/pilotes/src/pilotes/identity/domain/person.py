"""Who takes part, as far as it is known: the platform's subject, or a code of the person's own.

The gateway computes the same (`docs/decisions/0022`): what is agreed here is what it finds.
"""

import hmac
from dataclasses import dataclass
from typing import Final, Literal

from pilotes.identity.domain.codes import PERSONAL, read_code

COOKIE: Final = "__Host-participant"
_WITHOUT_ACCOUNT: Final = "participant:"

Means = Literal["account", "device"]
"""How somebody is known: by the account they log in with, or by the cookie of their device."""

PEOPLE: Final = frozenset({"anonymous", "traveller", "patient", "professional", "coordinator"})
"""The roles of the platform that are people."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is in front of the page. `account`: their subject on the platform; `personal`: the
    code their device holds. Both where a device was used without an account before."""

    account: str | None = None
    personal: str | None = None

    @property
    def means(self) -> Means:
        """How they would agree now: the gateway looks at the account first."""
        return "account" if self.account else "device"

    @property
    def subject(self) -> str | None:
        """Whom they would agree as; None: nobody yet."""
        return self.account or (self.personal and of_personal(self.personal))

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whom they may speak for: to be shown what was agreed, and to withdraw it."""
        own = self.personal and of_personal(self.personal)
        return tuple(each for each in (self.account, own) if each)


def of_personal(code: str) -> str:
    """The subject of whoever takes part without an account."""
    return _WITHOUT_ACCOUNT + code


def read_personal(value: str | None) -> str | None:
    """The code a cookie holds; None where it holds none of ours."""
    code = read_code(value, PERSONAL) if value else None
    return code if code == value else None


def pseudonym_of(salt: bytes, subject: str) -> str:
    """A person in one pilot, in hexadecimal: HMAC-SHA256. Without the salt nobody finds the person,
    nor the same one in another pilot."""
    return hmac.digest(salt, subject.encode(), "sha256").hex()


def reporter_of(salt: bytes, subject: str) -> str:
    """Whom a person's reports in one pilot are kept under: another name than their pseudonym, so
    that what somebody wrote is tied to what they did by nobody who has the database alone."""
    return pseudonym_of(salt, f"report:{subject}")

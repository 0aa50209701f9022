"""What the flows of people ask of the outside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pilotes.domain.consent import Consent
from pilotes.domain.enrolment import Salted, Trial
from pilotes.domain.invitations import Invitation, Order
from pilotes.domain.notice import Notice
from pilotes.domain.subjects import Means

Known = tuple[str, str]
"""A person in one pilot: its id, their pseudonym there."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is to be kept of somebody who just agreed."""

    pilot_id: str
    pseudonym: str
    at: datetime
    notice_version: str
    protocol_version: int
    means: Means


class Trials(Protocol):
    """The pilots, as whoever takes part meets them."""

    async def find(self, pilot_id: str) -> Trial | None:
        """One of them."""
        ...

    async def salt_of(self, pilot_id: str) -> bytes | None:
        """The key of its pseudonyms; None where there is none, or none any more."""
        ...

    async def list_salted(self) -> Sequence[Salted]:
        """Those in which somebody can still be found."""
        ...


class Notices(Protocol):
    """Every version of every notice."""

    async def find(self, pilot_id: str, version: str) -> Notice | None:
        """One version."""
        ...


class Codes(Protocol):
    """Enrolment codes, of which nothing is kept that could be used."""

    async def add(
        self, pilot_id: str, codes: Iterable[str], order: Order, *, at: datetime, by: str
    ) -> int:
        """Make them good; the id of the order."""
        ...

    async def pilot_of(self, code: str, at: datetime) -> str:
        """The pilot it opens at that instant. Raises Refusal: unknown, used up, not valid now."""
        ...

    async def find(self, code: str) -> str | None:
        """The pilot it was made for, whatever became of it."""
        ...

    async def list_of(self, pilot_id: str) -> Sequence[Invitation]:
        """What was ordered for a pilot, the latest first."""
        ...

    async def revoke(self, pilot_id: str, invitation: int, at: datetime) -> bool:
        """From now on its codes open nothing. Whether there is such an order."""
        ...


class Consents(Protocol):
    """Who agreed to what, since when and until when. A change and its announcement are one."""

    async def give(self, agreement: Agreement, code: str) -> Consent:
        """Open a period, which takes one use of the code; where one stands, that one, and nothing
        is used. Raises Refusal: the code is used up, or the pilot takes nobody in any more."""
        ...

    async def withdraw(self, who: Known, at: datetime) -> Consent | None:
        """End the period that stands, and forget the person's facts of that pilot with it. Returns
        the last period, None where there is none."""
        ...

    async def erase(self, who: Known) -> int:
        """Forget the person in that pilot: facts, periods. Returns how many periods there were."""
        ...

    async def list_of(self, known: Iterable[Known]) -> Sequence[Consent]:
        """Every period of those, the first one first."""
        ...

    async def facts_of(self, who: Known) -> Sequence[dict[str, Any]]:
        """What is kept of what the person did in that pilot, JSON-ready."""
        ...

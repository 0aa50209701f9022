"""What the flows of people ask of the outside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pilotes.identity.domain.person import Means, Person
from pilotes.people.domain.consent import Consent
from pilotes.people.domain.enrolment import Salted, Trial
from pilotes.people.domain.invitations import Invitation, Order
from pilotes.record.domain.pilot import Pilot

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


Reported = tuple[str, str]
"""A person's reports in one pilot: its id, the name they are kept under there (`reporter_of`)."""


class OwnReport(Protocol):
    """A report as the person who made it reads it."""

    @property
    def pilot_id(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def severity(self) -> str | None: ...
    @property
    def role(self) -> str: ...
    @property
    def said(self) -> str: ...


class OwnReports(Protocol):
    """What a person reported of the trials, so that it can be exported and erased."""

    async def list_by(self, reported: Iterable[Reported]) -> Sequence[OwnReport]:
        """All of them, the first one first."""
        ...

    async def untie(self, reported: Iterable[Reported]) -> Sequence[str]:
        """Remove the reporter, and the text that a participant wrote. Returns the pilots of the
        reports found."""
        ...


@dataclass(frozen=True, slots=True)
class DueSurvey:
    """A questionnaire that a participant has not answered yet."""

    survey_id: str
    title: str
    occasion: str
    several: bool
    """Whether the questionnaire is answered on more than one occasion."""


class DueSurveys(Protocol):
    """The questionnaires that a person still has to answer in a pilot they take part in."""

    async def __call__(self, pilot: Pilot, person: Person) -> Sequence[DueSurvey]:
        """None once the pilot expects no answer."""
        ...

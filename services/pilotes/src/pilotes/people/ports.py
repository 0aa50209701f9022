"""What the flows of participants need of the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pilotes.identity.domain.person import ConsentMeans, Person
from pilotes.people.domain.consent import Consent
from pilotes.people.domain.enrolment import SaltedPilot, Trial
from pilotes.people.domain.invitations import Invitation, InvitationOrder
from pilotes.record.domain.pilot import Pilot

PilotPseudonym = tuple[str, str]
"""A person in one pilot: its id, their pseudonym there."""


@dataclass(frozen=True, slots=True)
class NewConsent:
    """A consent to be stored."""

    pilot_id: str
    pseudonym: str
    at: datetime
    notice_version: str
    protocol_version: int
    means: ConsentMeans


class Trials(Protocol):
    """The pilots as participants see them."""

    async def find(self, pilot_id: str) -> Trial | None:
        """One pilot."""
        ...

    async def salt_of(self, pilot_id: str) -> bytes | None:
        """The key of its pseudonyms; None where there is none, or it is destroyed."""
        ...

    async def list_salted(self) -> Sequence[SaltedPilot]:
        """The pilots in which people can still be identified."""
        ...


class Codes(Protocol):
    """Enrolment codes, stored as digests."""

    async def add(
        self, pilot_id: str, codes: Iterable[str], order: InvitationOrder, *, at: datetime, by: str
    ) -> int:
        """Store the codes of an order. Returns its id."""
        ...

    async def get_pilot_id(self, code: str, at: datetime) -> str:
        """The pilot that the code opens at that instant. Raises Refusal: unknown, used up, expired
        or revoked."""
        ...

    async def find_pilot_id(self, code: str) -> str | None:
        """The pilot the code was made for, valid or not."""
        ...

    async def list_of(self, pilot_id: str) -> Sequence[Invitation]:
        """The orders of a pilot, the latest first."""
        ...

    async def revoke(self, pilot_id: str, invitation: int, at: datetime) -> bool:
        """Revoke the codes of an order. Returns whether there is such an order."""
        ...


class Consents(Protocol):
    """Periods of consent. A change and its announcement share a transaction."""

    async def give(self, agreement: NewConsent, code: str) -> Consent:
        """Begin a period, which uses the code once; where a period stands, return it and use
        nothing. Raises Refusal: the code is used up, or the pilot takes nobody any more."""
        ...

    async def withdraw(self, who: PilotPseudonym, at: datetime) -> Consent | None:
        """End the period that stands and erase the person's facts in that pilot. Returns the last
        period; None where there is none."""
        ...

    async def erase(self, who: PilotPseudonym) -> int:
        """Erase the person from that pilot: facts and periods. Returns how many periods there
        were."""
        ...

    async def list_of(self, known: Iterable[PilotPseudonym]) -> Sequence[Consent]:
        """Every period of those people, the first one first."""
        ...

    async def facts_of(self, who: PilotPseudonym) -> Sequence[dict[str, Any]]:
        """What is stored of the person's use of that pilot, JSON-ready."""
        ...


ReporterKey = tuple[str, str]
"""A person's reports in one pilot: its id, and `reporter_name` of the person there."""


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
    def text(self) -> str: ...


class OwnReports(Protocol):
    """What a person reported of the trials, so that it can be exported and erased."""

    async def list_by(self, reported: Iterable[ReporterKey]) -> Sequence[OwnReport]:
        """All of them, the first one first."""
        ...

    async def anonymise(self, reported: Iterable[ReporterKey]) -> Sequence[str]:
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

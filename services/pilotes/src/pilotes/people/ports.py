"""What the flows of participants need of the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from pilotes.identity.domain.person import ConsentMeans, Person
from pilotes.people.domain.capacity import ALONE, Capacity, Mandate
from pilotes.people.domain.consent import Consent
from pilotes.people.domain.enrolment import AgreedTerms, SaltedPilot, Trial
from pilotes.people.domain.invitations import Invitation, InvitationOrder
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.domain.receipt import ReceiptKey
from pilotes.record.domain.draws.permuted_blocks import BlockDraw
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.readings import ReadingType

PilotPseudonym = tuple[str, str]
"""The id of a pilot, and a person's pseudonym in it, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class NewConsent:
    """A consent to be stored. Fields as in `Consent`; `at`: its `given_at`."""

    pilot_id: str
    pseudonym: str
    at: datetime
    notice_version: str
    protocol_version: int
    means: ConsentMeans
    account: str | None
    """The subject of their account, which is not stored; None on a device without one."""
    capacity: Capacity = ALONE
    reading: ReadingType = "plain"
    place: str | None = None
    """The place that they stated. A person who took part in the pilot before keeps theirs."""
    draw: BlockDraw | None = None
    """Their draw in a trial of permuted blocks. A person who was drawn before keeps their arm.
    None: they were, or the pilot does not draw in blocks."""


class Trials(Protocol):
    """The pilots as participants see them."""

    async def find(self, pilot_id: str) -> Trial | None:
        """The pilot; None if there is none of that id."""
        ...

    async def agreed_terms(self, consent: Consent) -> AgreedTerms:
        """What a consent covers, or covered."""
        ...

    async def salt_of(self, pilot_id: str) -> bytes | None:
        """The key of its pseudonyms; None if the pilot does not exist or its salt is destroyed."""
        ...

    async def list_salted(self) -> Sequence[SaltedPilot]:
        """The pilots in which people can still be identified: those whose salt is not destroyed."""
        ...


class Codes(Protocol):
    """Enrolment codes, stored as digests."""

    async def add(
        self, pilot_id: str, codes: Iterable[str], order: InvitationOrder, *, at: datetime, by: str
    ) -> int:
        """Store the codes of a new invitation. Returns its id."""
        ...

    async def get_pilot_id(self, code: str, at: datetime) -> str:
        """The pilot of a code that is valid at that instant. Raises Refusal if it is unknown, used
        up, expired or revoked."""
        ...

    async def find_pilot_id(self, code: str) -> str | None:
        """The pilot of a code, valid or not; None if it is unknown."""
        ...

    async def find_place(self, code: str) -> str | None:
        """The place of a code, valid or not; None without one, or if the code is unknown."""
        ...

    async def list_of(self, pilot_id: str) -> Sequence[Invitation]:
        """The invitations to a pilot, the latest first."""
        ...

    async def revoke(self, pilot_id: str, invitation_id: int, at: datetime) -> bool:
        """Revoke the codes of an invitation. Returns whether the pilot has that invitation."""
        ...


class Consents(Protocol):
    """The store of consents, as periods. A change and its announcement share a transaction."""

    async def give(self, agreement: NewConsent, code: str | None) -> Consent:
        """Begin a period, and use the code once. If a period is active, return it and do nothing.
        `code`: None for a person whose last period lapsed, or who awaited a second signature.
        Raises Refusal if the code is not valid any more, the person has no such period, the pilot
        no longer enrols people, its notice is another, the person leads or judges it, or they took
        part with a parent before."""
        ...

    async def withdraw(
        self, who: PilotPseudonym, at: datetime, *, by_second_signer: bool = False
    ) -> Consent | None:
        """End the active and the lapsed periods, if any, and erase the person's facts in that
        pilot; no second signature is awaited any more. Returns the last period; None without
        one.

        `by_second_signer`: the one who signed with the person or for them withdraws. What an adult
        decided alone stays then, and is returned; Refusal is raised if they await no signature."""
        ...

    async def restrict(self, who: PilotPseudonym, at: datetime) -> Consent | None:
        """End what the active and the lapsed periods cover, if any, and store what they covered
        where no figure reads it; no second signature is awaited any more. The person can agree
        again. Returns the last period; None without one."""
        ...

    async def erase(self, who: PilotPseudonym) -> int:
        """Erase the person from that pilot: facts and periods, active or not. Returns the number of
        periods."""
        ...

    async def list_of(self, known: Iterable[PilotPseudonym]) -> Sequence[Consent]:
        """Every period of those people, the first one first."""
        ...

    async def facts_of(self, who: PilotPseudonym) -> Sequence[dict[str, Any]]:
        """The facts that are stored about the person's use of that pilot, JSON-ready."""
        ...


class JointConsents(Protocol):
    """The store of consents that two people sign."""

    async def begin(self, agreement: NewConsent, code: str | None) -> JointConsent:
        """Store the participant's signature, and use the code once; nothing is announced. A
        signature that waits already is replaced, keeps its place, and uses no code. `code`,
        Refusal: as for `Consents.give`."""
        ...

    async def sign(
        self,
        joint: JointConsent,
        mandate: Mandate,
        at: datetime,
        *,
        draw: BlockDraw | None = None,
    ) -> Consent:
        """Begin the period, now that both signed. `draw`: as in `NewConsent`. Raises Refusal if the
        signature is not awaited any more, or as `Consents.give`."""
        ...

    async def find(self, code: str) -> JointConsent | None:
        """The consent of a second signer's code; None without one."""
        ...

    async def list_of(self, known: Iterable[PilotPseudonym]) -> Sequence[JointConsent]:
        """The joint consents of those people, awaited or signed, by pilot."""
        ...


class Receipts(Protocol):
    """The store of sealed receipts."""

    async def store(self, key: ReceiptKey, signed: Sequence[str]) -> None:
        """Store signed receipts in place of the former ones of that key."""
        ...

    async def find(self, key: ReceiptKey) -> Sequence[str]:
        """The signed receipts of a key; empty without any."""
        ...

    async def erase(self, key: ReceiptKey) -> None: ...

    async def list_closed(self) -> Sequence[tuple[str, str]]:
        """The ids and titles of the pilots in which nobody can be identified any more."""
        ...


ReporterKey = tuple[str, str]
"""The id of a pilot, and the `reporter_name` of a person in it."""


class OwnReport(Protocol):
    """A report as the person who made it reads it."""

    @property
    def pilot_id(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str:
        """`incident`, `accessibility` or `comment`."""
        ...

    @property
    def severity(self) -> str | None:
        """`minor`, `moderate` or `severe` for an incident, else None."""
        ...

    @property
    def role(self) -> str:
        """The role in which they reported."""
        ...

    @property
    def text(self) -> str: ...


class OwnReports(Protocol):
    """The reports that a person made, so that they can be exported and erased."""

    async def list_by(self, reported: Iterable[ReporterKey]) -> Sequence[OwnReport]:
        """The reports with those keys, the first one first."""
        ...

    async def anonymise(self, reported: Iterable[ReporterKey]) -> Sequence[str]:
        """Remove the reporter from the reports with those keys, and the text from those that a
        participant wrote. Returns the pilots of the reports."""
        ...


@dataclass(frozen=True, slots=True)
class PendingSurveySummary:
    """A questionnaire that a participant has not answered yet."""

    survey_id: str
    title: str
    occasion: str
    """The occasion to answer it on, one of those of the questionnaire."""
    repeated: bool
    """Whether the questionnaire is answered on more than one occasion."""
    offered_on: date | None
    """The day from which they can answer it; None: now."""


class PendingSurveys(Protocol):
    """The questionnaires that a person still has to answer in a pilot they take part in."""

    async def __call__(self, pilot: Pilot, person: Person) -> Sequence[PendingSurveySummary]:
        """The questionnaires; empty once the pilot expects no more answers."""
        ...


class RemindedPilots(Protocol):
    """The pilots whose participants can choose reminders by e-mail."""

    async def __call__(self) -> frozenset[str]:
        """Their ids; empty without a mail server."""
        ...

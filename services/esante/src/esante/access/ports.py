"""The server, as authorization uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from esante.access.domain.carers import CarerRole
from esante.access.domain.open_records import OpenRecords
from esante.core.domain.permissions import Author, RevisionCheck
from socle.clock import Clock


class Server(Protocol):
    """The base address and the clock of the server."""

    @property
    def base(self) -> str:
        """The FHIR base as callers see it; absolute references below it are local."""

    @property
    def clock(self) -> Clock:
        """Gives the instant from which the `ap` prefix of a granted query is computed."""


class LoadRecords(Protocol):
    """The records that are open to a professional or a carer."""

    async def __call__(self, author: Author) -> OpenRecords:
        """Those that are open now. Raises Retry without the database."""


class FindCachedRecords(Protocol):
    """The records that were open to a professional or a carer at an earlier request."""

    def __call__(self, author: Author) -> tuple[OpenRecords, RevisionCheck] | None:
        """The last ones, with the check that they need; None if none are cached, or if a period has
        begun or ended since."""


@dataclass(frozen=True, slots=True)
class EmergencyRecord:
    """What an emergency access to a record depends on."""

    is_refused: bool
    """Whether a Consent refuses it."""
    teams: Sequence[str]
    """The ids of the patient's CareTeams that open the record now."""


class FindEmergencyRecord(Protocol):
    """Finds what an emergency access depends on."""

    async def __call__(self, patient: str, author: Author) -> EmergencyRecord:
        """Of the record of that patient, for that professional. Raises Retry."""


@dataclass(frozen=True, slots=True)
class CaredRecord:
    """The record of a patient that is open to an account by its link to a RelatedPerson."""

    related_person: str
    """The id of the RelatedPerson."""
    patient: str
    """The id of the patient."""
    name: str
    """Of the patient; empty if it is not known."""
    kind: CarerRole
    until: datetime | None
    """When it ends; None: not stated."""


class CarerLinks(Protocol):
    """The links of accounts to RelatedPersons. Each method may raise Retry."""

    async def invite(
        self, related_person: str, patient: str, kind: CarerRole, code: bytes, until: datetime
    ) -> None:
        """Store an invitation in place of the former one of that RelatedPerson. `code`: SHA-256 of
        the code that accepts it, until that instant."""

    async def accept(self, code: bytes, *, account: str, own: str | None) -> CaredRecord | None:
        """Link that account to the RelatedPerson of an invitation, in place of any other; None for
        a code that is unknown, used or expired, or whose RelatedPerson has ended.

        `own`: the id of the Patient that the person is. Raises Refusal("conflict") if the record is
        theirs; the invitation remains."""

    async def list_records(
        self, account: str, related_person: str | None = None
    ) -> Sequence[CaredRecord]:
        """The records that are open to that account now, 500 at most. `related_person`: the id of a
        RelatedPerson; only the record that the link to it opens."""

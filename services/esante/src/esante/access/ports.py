"""The server, as authorization uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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
    """The records that are open to a professional."""

    async def __call__(self, author: Author) -> OpenRecords:
        """Those that are open now. Raises Retry without the database."""


class FindCachedRecords(Protocol):
    """The records that were open to a professional at an earlier request."""

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

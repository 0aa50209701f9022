"""A consent that somebody else signs too: it covers nothing before both have signed."""

from dataclasses import dataclass
from datetime import datetime

from pilotes.identity.domain.person import ConsentMeans
from pilotes.people.domain.capacity import Assistance, JointCapacity
from pilotes.record.domain.readings import ReadingType


@dataclass(frozen=True, slots=True)
class JointConsent:
    """What one participant began and another person signs, or signed."""

    pilot_id: str
    pseudonym: str
    """The participant's, in hexadecimal."""
    capacity: JointCapacity
    assisted_by: Assistance | None
    notice_version: str
    """The version that the participant read; the second signer signs the same."""
    protocol_version: int
    means: ConsentMeans
    reading: ReadingType
    """The reading that the participant chose."""
    started_at: datetime
    """When the participant signed."""
    pending: bool
    """Whether the second signature is awaited."""
    code: str
    """The code of the second signer, with which they read, sign and withdraw."""
    place: str | None = None
    """The code of the participant's place; None if the pilot draws people."""
    stratum: str | None = None
    """The code of their answer, until they are drawn; empty without a question. None: nothing is
    awaited, they were drawn before, or the pilot does not draw in blocks."""

    @property
    def who(self) -> tuple[str, str]:
        """The pilot's id and the pseudonym."""
        return self.pilot_id, self.pseudonym

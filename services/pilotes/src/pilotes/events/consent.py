"""`pilotes.consent.v1`: consents to pilots, by pseudonym."""

from pydantic import AwareDatetime, Field

from pilotes.events.names import ArmName, PilotId, PlaceCode, Pseudonym
from socle.events import Event


class ConsentV1(Event, topic="pilotes.consent.v1", kind="table"):
    """A person's agreement to one pilot. Key: `pilot_id:pseudonym`.

    It stands until a record with `withdrawn_at` or a tombstone is published. From that record on
    the person takes no part in the pilot, even if `withdrawn_at` is later.
    """

    pilot_id: PilotId
    pseudonym: Pseudonym
    given_at: AwareDatetime = Field(description="When the person agreed")
    notice_version: str = Field(
        min_length=1, description="Version of the notice that the person read"
    )
    withdrawn_at: AwareDatetime | None = Field(
        default=None, description="When the person withdrew; absent: the consent stands"
    )
    place: PlaceCode | None = Field(
        default=None, description="The place of the person, in a pilot that draws places"
    )
    arm: ArmName | None = Field(
        default=None, description="The arm of the person, in a pilot with `arms_in_consents`"
    )

    def key(self) -> str:
        return f"{self.pilot_id}:{self.pseudonym}"

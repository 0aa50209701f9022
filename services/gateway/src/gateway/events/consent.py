"""`pilotes.consent.v1`: people's consents to pilots, by pseudonym.

A consent stands until an event with `withdrawn_at` or a tombstone is published. From its arrival on
no arm is assigned to the person, even if the instant `withdrawn_at` is later.
"""

from pydantic import AwareDatetime, Field

from gateway.events.names import ArmName, PilotId, PlaceCode, Pseudonym
from socle.events import Event


class ConsentV1(Event, topic="pilotes.consent.v1", kind="table"):
    """A person's agreement to one pilot. Key: `pilot_id:pseudonym`.

    It stands until `withdrawn_at` is published, or it is deleted by tombstone: no arm is assigned
    to the person from then on, whatever the instant given.
    """

    pilot_id: PilotId
    pseudonym: Pseudonym
    given_at: AwareDatetime = Field(description="When the person agreed")
    notice_version: str = Field(
        min_length=1, description="Version of the notice that was displayed to them"
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

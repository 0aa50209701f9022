"""`gateway.pilot-exposed.v1`: the people who were served in a pilot, by pseudonym."""

from pydantic import AwareDatetime, Field

from gateway.events.names import ArmName, PilotId, Pseudonym
from socle.events import Event


class PilotExposedV1(Event, topic="gateway.pilot-exposed.v1"):
    """A person who consented was served on a route of a running pilot. Key: `pilot_id:pseudonym`.

    Published once a day (UTC) for each pilot, consent and arm by each replica of the gateway, in
    the background and at least once: count pseudonyms to count people. Nothing is published for a
    paused pilot or a failed response.
    """

    pilot_id: PilotId
    arm: ArmName
    pseudonym: Pseudonym
    route: str = Field(description="Pattern of the gateway's route table that was served")
    at: AwareDatetime = Field(description="When the answer ended")
    consented_at: AwareDatetime | None = Field(
        default=None,
        description="`given_at` of the consent under which the arm was assigned; absent: a gateway "
        "that does not state it",
    )

    def key(self) -> str:
        return f"{self.pilot_id}:{self.pseudonym}"

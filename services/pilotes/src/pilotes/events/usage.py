"""Events of the gateway: exposures to a pilot, requests served in it, and what services report.

`gateway.pilot-exposed.v1`, `gateway.request-served.v2`, of which only the parts in pilots are read,
and `gateway.fact-seen.v1`.
"""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pilotes.events.names import ArmName, PilotId, Pseudonym
from socle.events import Event


class PilotExposedV1(Event, topic="gateway.pilot-exposed.v1"):
    """A person who consented was served on a route of a running pilot."""

    pilot_id: PilotId
    arm: ArmName
    pseudonym: Pseudonym
    at: AwareDatetime
    consented_at: AwareDatetime | None = None
    """When the consent was given under which the arm was assigned; None: a gateway that does not
    state it."""

    def key(self) -> str:
        return f"{self.pilot_id}:{self.pseudonym}"


class FactSeenV1(Event, topic="gateway.fact-seen.v1"):
    """Services have reported a fact during an hour, in a pilot or not."""

    fact: str
    hour: AwareDatetime
    """Its beginning (UTC)."""

    def key(self) -> str:
        return self.fact


class ServedInPilot(BaseModel):
    """A number of exchanges in one pilot, of one person with one arm, status and fact. Instants are
    rounded down to the second."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pilot_id: str
    arm: str
    """The arm that was served; the control arm during a pause."""
    status: int
    """HTTP status of the responses."""
    count: int
    """Number of requests."""
    bytes: int
    """Bytes sent for all of them."""
    seconds: float
    """The gateway's time for all of them."""
    first: AwareDatetime
    """The end of the first of them."""
    last: AwareDatetime
    """The end of the last of them."""
    pseudonym: str | None = None
    """The person's, in that pilot; None without a consent."""
    fact: str | None = None
    """The usage fact that the responses declared; None: none."""
    cpu_seconds: float | None = None
    """Processor time for all of them; None: unknown."""


class RequestServedV2(Event, topic="gateway.request-served.v2"):
    """What one replica of the gateway answered since its last record, known by its number."""

    replica: str = Field(min_length=1)
    """Id of the replica."""
    sequence: int = Field(ge=0)
    """Number of the record among those of the replica."""
    in_pilots: tuple[ServedInPilot, ...] = ()
    stopped: bool = False
    """Whether it is the last record of a replica that ended normally."""

    def key(self) -> str:
        return self.replica

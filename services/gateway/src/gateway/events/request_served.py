"""`gateway.request-served.v2`: what was answered, second by second."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from gateway.facts.domain import Fact
from socle.events import Event


class _Served(BaseModel):
    model_config = ConfigDict(frozen=True)

    route: str = Field(
        min_length=1,
        description="Pattern of the route table; unmatched: no route; unreadable: no HTTP request",
    )
    method: str = Field(min_length=1, description="As asked; OTHER: none of HTTP's usual ones")
    status: int = Field(
        ge=100, le=599, description="As answered; 499: the caller went before being answered"
    )
    count: int = Field(ge=1, description="How many exchanges")
    bytes: int = Field(ge=0, description="Of bodies, as sent")
    seconds: float = Field(ge=0, description="From request to last byte, all together")
    first: datetime = Field(description="Instant at which the first of them ended")
    last: datetime = Field(description="Instant at which the last of them ended")


class ServedLine(_Served):
    """So many exchanges that have all of this in common."""

    plan: str = Field(min_length=1, description="public, registered, partner, commercial or house")
    account: str | None = Field(
        default=None,
        description="Pseudonym of the account, absent for whoever is counted by address",
    )


class ServedInPilot(_Served):
    """So many exchanges that were a part of one pilot. Instants are whole seconds, rounded down:
    exact ones would tell which other line speaks of the same exchange."""

    pilot_id: str = Field(min_length=1, description="The pilot")
    arm: str = Field(min_length=1, description="The arm they were served on")
    pseudonym: str | None = Field(
        default=None,
        min_length=1,
        description="Of the person, in this pilot and no other; absent where no consent stands",
    )
    fact: Fact | None = Field(
        default=None,
        description="What the service says happened, in one of these words and no other; never "
        "what was read or written",
    )
    cpu_seconds: float | None = Field(
        default=None,
        ge=0,
        description="Of processor time, all together: the door's, and the service's until it began "
        "to answer; to a ten-thousandth, up or down by chance; absent unless known of each",
    )


class RequestServedV2(Event, topic="gateway.request-served.v2", kind="fact"):
    """What one replica answered since its last record. Key: `replica`.

    Every exchange is counted once, in one of `lines`; once more in `in_pilots` for each pilot it
    was a part of, where nothing says whose account it was nor what other pilots there are.

    A record may come twice: it is known by `replica` and `sequence`. A missing `sequence` is a
    record that was lost; a replica that ends without a record that says so (`stopped`) was killed,
    and what it answered since its last record with it.
    """

    replica: str = Field(min_length=1, description="Made by chance at each start")
    sequence: int = Field(ge=0, description="0, 1, 2… of this replica")
    lines: tuple[ServedLine, ...] = Field(description="Each exchange is in one of them")
    in_pilots: tuple[ServedInPilot, ...] = Field(
        default=(), description="Those of pilots again, pilot by pilot"
    )
    stopped: bool = Field(default=False, description="The last record of this replica")

    def key(self) -> str:
        return self.replica

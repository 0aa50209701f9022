"""`gateway.request-served.v2`: the requests that were answered, in sums for each second."""

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
    method: str = Field(min_length=1, description="OTHER: not a usual method of HTTP")
    status: int = Field(
        ge=100, le=599, description="Of the response; 499: the caller disconnected before it"
    )
    count: int = Field(ge=1, description="Number of exchanges")
    bytes: int = Field(ge=0, description="Size of the bodies sent")
    seconds: float = Field(ge=0, description="Total time from request to last byte")
    first: datetime = Field(description="End of the first exchange")
    last: datetime = Field(description="End of the last exchange")


class ServedLine(_Served):
    """A number of exchanges with the same route, method, status, plan and account."""

    plan: str = Field(min_length=1, description="public, registered, partner, commercial or house")
    account: str | None = Field(
        default=None,
        description="Pseudonym of the account, absent for callers counted by address",
    )


class ServedInPilot(_Served):
    """A number of exchanges that took part in one pilot. Instants are rounded down to the second:
    exact ones would link this line to the one of the same exchange in `lines`."""

    pilot_id: str = Field(min_length=1, description="The pilot")
    arm: str = Field(min_length=1, description="The arm that served them")
    pseudonym: str | None = Field(
        default=None,
        min_length=1,
        description="Pseudonym of the person in this pilot only; absent without consent",
    )
    fact: Fact | None = Field(
        default=None,
        description="The event reported by the service, from a closed list; never the content that "
        "was read or written",
    )
    cpu_seconds: float | None = Field(
        default=None,
        ge=0,
        description="Total processor time of the gateway, and of the service until its response "
        "began; rounded at random to a ten-thousandth; absent unless known for each exchange",
    )


class RequestServedV2(Event, topic="gateway.request-served.v2", kind="fact"):
    """The exchanges of one replica since its last record. Key: `replica`.

    Every exchange is counted once, in one of `lines`, and once more in `in_pilots` for each pilot
    it took part in, without its account or its other pilots.

    A record can arrive twice: `replica` and `sequence` identify it. A missing `sequence` is a lost
    record. A replica that ends without a `stopped` record was killed, and its exchanges since its
    last record are lost.
    """

    replica: str = Field(min_length=1, description="Random, new at each start")
    sequence: int = Field(ge=0, description="0, 1, 2… for this replica")
    lines: tuple[ServedLine, ...] = Field(description="Every exchange, each in one line")
    in_pilots: tuple[ServedInPilot, ...] = Field(
        default=(), description="The exchanges of pilots again, one line per pilot"
    )
    stopped: bool = Field(default=False, description="The last record of this replica")

    def key(self) -> str:
        return self.replica

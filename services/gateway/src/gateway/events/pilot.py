"""`pilotes.pilot.v1`: the pilots, as the gateway needs them."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.events.names import ArmName, PilotId, PlaceCode
from socle.events import Event

PilotState = Literal["draft", "running", "paused", "closed"]


class PilotArm(BaseModel):
    """One of the ways people are served during a pilot."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: ArmName
    weight: int = Field(ge=0, le=10_000, description="Share of the people, per 10,000")


class PilotSwitch(BaseModel):
    """A later arm of a place."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: AwareDatetime = Field(description="The place has the arm from then on")
    arm: ArmName


class PilotPlace(BaseModel):
    """A place whose people all have one arm at a time."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: PlaceCode
    arm: ArmName = Field(description="From the start")
    switches: tuple[PilotSwitch, ...] = Field(
        default=(), description="Its later arms, in the order of time; none: it keeps the first"
    )


class PilotV1(Event, topic="pilotes.pilot.v1", kind="table"):
    """One pilot. Key: `pilot_id`. Deleted by tombstone, and with it its salt, once it is over.

    A person's arm: the first eight bytes of HMAC-SHA256(salt, `arm:` + subject) as a number, scaled
    to 0…9,999, and the arm in whose interval it lies, intervals being the weights laid end to end
    in the order of `arms`. So a person has the same arm while weights and salt do not change, and
    a change of weights moves only the people between a former bound and its new place.

    A pilot with `places` draws these: a person's arm is that which the place in their consent has
    at the instant of a request, and weights do not count. A person without one of its places has no
    arm.

    A pilot with `arms_in_consents` draws people when they consent: a person's arm is the one in
    their consent, and weights do not count. A person whose consent has none of its arms has no arm.
    """

    pilot_id: PilotId
    title: str = Field(min_length=1, description="Its title for participants, in French")
    state: PilotState = Field(
        description="running: arms are given; paused: the control arm to everyone; draft, closed: "
        "nothing"
    )
    arms: tuple[PilotArm, ...] = Field(
        description="Two to eight, in their order for ever; weights sum to 10,000"
    )
    control: ArmName = Field(description="The arm that is served as if there were no pilot")
    salt: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{43}$",
        description="32 random bytes in base64url without padding, never changed or disclosed: "
        "the key of pseudonyms and arms. Absent once it is destroyed; needed to run",
    )
    routes: tuple[str, ...] = Field(
        description="Patterns of the gateway's route table it covers, letter for letter"
    )
    starts_at: AwareDatetime | None = Field(
        default=None, description="Nothing is given before; absent: as soon as it runs"
    )
    ends_at: AwareDatetime | None = Field(
        default=None, description="Nothing is given from then on; absent: until it is closed"
    )
    places: tuple[PilotPlace, ...] = Field(
        default=(), description="The places that are drawn, each once; none: people are drawn"
    )
    arms_in_consents: bool = Field(
        default=False, description="Whether consents contain the arms; false: places, or a hash"
    )

    def key(self) -> str:
        return self.pilot_id

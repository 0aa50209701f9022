"""The JSON of the desk: drafts that operators send, and notices. Docstrings of classes are part of
the OpenAPI document."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from mobilite.desk.domain.notice import NoticeState
from mobilite.gtfs.domain.enumerations import Cause, Effect, Severity
from mobilite.gtfs.domain.plain_text import is_plain

LONGEST_HEADER, LONGEST_DESCRIPTION, MOST_SELECTORS = 200, 4000, 200


def _plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError("un caractère de contrôle ou caché s'y trouve")
    return text


Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Header = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_HEADER),
    AfterValidator(_plain),
]
Description = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_DESCRIPTION),
    AfterValidator(_plain),
]
Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]{1,500}$"), AfterValidator(_plain)]
ServiceDay = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
GlobalIdText = Annotated[str, StringConstraints(min_length=3, max_length=300)]


class _Written(BaseModel):
    """Members that operators send. Unknown ones are refused: they would be silently without
    effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PeriodDraft(_Written):
    """A period in which the service is affected; a missing bound is open."""

    start: AwareDatetime | None = None
    end: AwareDatetime | None = Field(default=None, description="Exclue")


class InformedDraft(_Written):
    """One selector of the alert, with public ids: all given conditions must hold."""

    route: GlobalIdText | None = None
    direction_id: Annotated[int, Field(ge=0, le=1)] | None = None
    stop: GlobalIdText | None = None
    trip: GlobalIdText | None = None
    start_date: ServiceDay | None = None


class AlertDraft(_Written):
    """An alert to publish. Texts are by language (BCP 47). Pages show the one in their language,
    else the French one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "header": {"fr": "Pont fermé, car dévié"},
                    "effect": "DETOUR",
                    "whole_network": True,
                }
            ]
        }
    )

    header: Annotated[dict[Language, Header], Field(min_length=1, max_length=8)]
    description: Annotated[dict[Language, Description], Field(max_length=8)] = {}
    cause: Cause = "UNKNOWN_CAUSE"
    effect: Effect
    severity: Severity = "UNKNOWN_SEVERITY"
    periods: Annotated[tuple[PeriodDraft, ...], Field(max_length=50)] = ()
    whole_network: bool = Field(default=False, description="true : tout le réseau")
    informed: Annotated[tuple[InformedDraft, ...], Field(max_length=MOST_SELECTORS)] = ()
    url: Link | None = None


class CancellationDraft(_Written):
    """A run to cancel."""

    trip: GlobalIdText
    start_date: ServiceDay = Field(description="AAAAMMJJ")
    start_time: (
        Annotated[str, StringConstraints(pattern=r"^[0-9]{2}:[0-9]{2}:[0-9]{2}$")] | None
    ) = Field(default=None, description="Quelle course, sur une ligne à fréquence : HH:MM:SS")
    reason: Annotated[dict[Language, Header], Field(max_length=8)] = {}


class NoticeJson(TypedDict):
    """One notice with its current state.

    `kind`: `alert` or `cancellation`. `told_as`: the sentence that travellers read, in French.
    `about`: what it affects, one name each. `content`: the draft, as it was sent.
    """

    id: str
    feed: str
    kind: str
    state: NoticeState
    version: int
    author: str
    published_at: datetime
    changed_at: datetime
    withdrawn_at: datetime | None
    content: dict[str, Any]
    told_as: str
    about: list[str]


class NoticeListJson(TypedDict):
    """A page of notices."""

    notices: list[NoticeJson]
    next: str | None


class DeskFeedJson(TypedDict):
    """A feed for which the key is valid; `ready` if it has a schedule."""

    id: str
    ready: bool


class DeskJson(TypedDict):
    """The owner of the key, and the feeds for which it is valid."""

    name: str
    feeds: list[DeskFeedJson]

"""Routes of contributions: write one without taking part, read published ones, moderate them."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pilotes.contributions.domain import (
    MAX_LENGTH,
    REASONS,
    Contribution,
    Counts,
    Moderation,
    Reason,
    State,
    privacy_notice,
)
from pilotes.contributions.flows.contribute import contribute
from pilotes.contributions.flows.list_contributions import list_published, list_received
from pilotes.contributions.flows.moderate_contribution import moderate_contribution
from pilotes.contributions.ports import Contributions
from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.csv_text import render_csv
from pilotes.http.api.file_responses import Csv
from pilotes.http.api.preconditions import Write, set_etag
from pilotes.http.api.text_fields import Name, NonEmptyText, RequestBody, Text
from pilotes.identity.api.caller import ACCOUNT_REQUIRED, caller
from pilotes.record.api.parameters import Limit, PilotPath
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from socle.http import Router

ContributionText = Annotated[NonEmptyText, StringConstraints(max_length=MAX_LENGTH)]
Before = Annotated[str, Query(pattern=r"^[0-9]{0,15}$", description="« next » de la page")]
Number = Annotated[int, Path(ge=1, le=10**15, description="L'avis")]

FIELDS: Final = (
    {"name": "number", "type": "integer", "description": "Numéro de l'avis"},
    {"name": "received_on", "type": "date", "description": "Jour où il a été donné (UTC)"},
    {"name": "said", "type": "string", "description": "L'avis, tel qu'il a été écrit"},
    {"name": "answered_on", "type": "date", "description": "Jour de la réponse (UTC)"},
    {"name": "answer", "type": "string", "description": "La réponse de l'équipe du pilote"},
)
"""The columns of the CSV of published contributions, as a Table Schema."""
_COLUMNS: Final = tuple(each["name"] for each in FIELDS)
_MOST_LINES: Final = 10_000
"""Contributions in the CSV, at most."""


class ContributionDraft(RequestBody):
    """Un avis, sans nom. N'y écrivez rien sur la santé de quelqu'un."""

    pilot_id: Name = Field(examples=["cahier-de-liaison"])
    said: ContributionText = Field(examples=["Le cahier est facile à relire."])


class HeardBody(BaseModel):
    """C'est transmis. `notice` : ce qui en est fait."""

    pilot_id: str
    notice: str


class PublishedBody(BaseModel):
    """Un avis publié, et la réponse de l'équipe."""

    number: int
    received_on: date
    said: str
    answered_on: date
    answer: str


class CountsBody(BaseModel):
    """Combien d'avis, et ce qu'ils sont devenus."""

    received: int
    published: int
    set_aside: int


class PublishedPage(BaseModel):
    """Les avis publiés, le dernier d'abord. `next` : le curseur de la page suivante."""

    counts: CountsBody
    contributions: list[PublishedBody]
    next: str | None


class ReceivedBody(BaseModel):
    """Un avis, pour l'équipe. `said` : vide s'il est effacé."""

    number: int
    revision: int
    state: State
    said: str
    received_on: date
    answer: str
    reason: str | None
    reason_label: str | None
    answered_at: datetime | None
    answered_as: str | None


class ReceivedPage(BaseModel):
    """Les avis reçus, le dernier d'abord."""

    counts: CountsBody
    contributions: list[ReceivedBody]
    next: str | None


class VerdictDraft(RequestBody):
    """`published` avec `answer`, ou `set_aside` avec `reason` ; `personal` efface le texte."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"state": "published", "answer": "Merci."}]}
    )

    state: State
    answer: Text = ""
    reason: Reason | None = None


def contributions_router(desk: Desk, contributions: Contributions) -> Router:
    """The routes of contributions."""
    router = Router(tags=["contributions"], dependencies=[Depends(forbid_caching)])
    _add_contributing(router, desk, contributions)
    _add_published(router, desk, contributions)
    _add_received(router, desk, contributions)
    _add_moderating(router, desk, contributions)
    return router


def before_of(cursor: str) -> int | None:
    """The number in a cursor; None for the first page."""
    return int(cursor) if cursor else None


def next_of(found: Sequence[Contribution], *, more: bool) -> str | None:
    """The cursor of the page after `found`; None without a next page."""
    return str(found[-1].number) if more else None


def _add_contributing(router: Router, desk: Desk, contributions: Contributions) -> None:
    @router.post(
        "/contributions",
        operation_id="contribute",
        status_code=202,
        summary="Donner son avis sur un pilote",
    )
    async def contribute_opinion(request: Request, written: ContributionDraft) -> HeardBody:
        """Pour tout le monde, sans participer ni se nommer, dès que le pilote est public."""
        pilot = await contribute(
            PilotId(written.pilot_id),
            caller(request),
            written.said,
            desk=desk,
            contributions=contributions,
        )
        privacy = privacy_notice(pilot.processing.retention_days)
        return HeardBody(pilot_id=pilot.id, notice=privacy)


def _add_published(router: Router, desk: Desk, contributions: Contributions) -> None:
    find_published = partial(list_published, desk=desk, contributions=contributions)

    @router.get(
        "/pilots/{pilot_id}/contributions",
        operation_id="list_contributions",
        summary="Les avis publiés, avec la réponse",
    )
    async def published(
        request: Request, pilot_id: PilotPath, cursor: Before = "", limit: Limit = 50
    ) -> PublishedPage:
        """Et combien ont été reçus, publiés, mis de côté."""
        _, found, more = await find_published(
            pilot_id, caller(request), before=before_of(cursor), limit=limit
        )
        return PublishedPage(
            counts=_counts(await contributions.counts(pilot_id)),
            contributions=[_published(each) for each in found],
            next=next_of(found, more=more),
        )

    @router.get(
        "/pilots/{pilot_id}/contributions.csv",
        operation_id="get_contributions_csv",
        response_class=Csv,
        summary="Les avis publiés en CSV",
    )
    async def as_csv(request: Request, pilot_id: PilotPath) -> Response:
        """Les mêmes, une ligne par avis."""
        _, found, _ = await find_published(
            pilot_id, caller(request), before=None, limit=_MOST_LINES
        )
        lines = [_published(each).model_dump(mode="json") for each in found]
        return Csv(render_csv(_COLUMNS, lines), f"{pilot_id}-avis.csv")


def _add_received(router: Router, desk: Desk, contributions: Contributions) -> None:
    @router.get(
        "/pilots/{pilot_id}/contributions/received",
        operation_id="list_received_contributions",
        summary="Les avis reçus",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def received(
        request: Request,
        pilot_id: PilotPath,
        state: Annotated[State | None, Query(description="Dans cet état")] = None,
        cursor: Before = "",
        limit: Limit = 50,
    ) -> ReceivedPage:
        """Pour l'équipe du pilote : en attente, publiés, mis de côté."""
        found, more = await list_received(
            pilot_id,
            caller(request),
            state=state,
            before=before_of(cursor),
            limit=limit,
            desk=desk,
            contributions=contributions,
        )
        return ReceivedPage(
            counts=_counts(await contributions.counts(pilot_id)),
            contributions=[_received(each) for each in found],
            next=next_of(found, more=more),
        )


def _add_moderating(router: Router, desk: Desk, contributions: Contributions) -> None:
    @router.put(
        "/pilots/{pilot_id}/contributions/{number}",
        operation_id="answer_contribution",
        summary="Répondre à un avis",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def settle(
        write: Write,
        pilot_id: PilotPath,
        number: Number,
        written: VerdictDraft,
    ) -> ReceivedBody:
        """Le publier avec une réponse, ou le mettre de côté avec une raison. If-Match : la révision
        de l'avis. Ce qui est publié peut être mis de côté ensuite."""
        moderated = await moderate_contribution(
            pilot_id,
            number,
            caller(write.request),
            Moderation(written.state, written.answer, written.reason),
            revision=write.revision,
            desk=desk,
            contributions=contributions,
        )
        set_etag(write.response, moderated.revision)
        return _received(moderated)


def _counts(counts: Counts) -> CountsBody:
    return CountsBody(
        received=counts.received, published=counts.published, set_aside=counts.set_aside
    )


def _published(each: Contribution) -> PublishedBody:
    assert each.answered_at is not None, "a published contribution has an answer"
    return PublishedBody(
        number=each.number,
        received_on=each.received_on,
        said=each.text,
        answered_on=each.answered_at.date(),
        answer=each.answer,
    )


def _received(each: Contribution) -> ReceivedBody:
    return ReceivedBody(
        number=each.number,
        revision=each.revision,
        state=each.state,
        said=each.text,
        received_on=each.received_on,
        answer=each.answer,
        reason=each.reason,
        reason_label=REASONS[each.reason] if each.reason is not None else None,
        answered_at=each.answered_at,
        answered_as=each.answered_as,
    )

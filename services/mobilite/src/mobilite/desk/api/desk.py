"""`/mobilite/v1/desk`: operators without software publish alerts and cancellations.

A client first reads the key's owner and feeds (`GET /desk`). It previews a draft (`preview=true`
checks it and returns what travellers will read), publishes it (`Idempotency-Key` makes a repeated
request harmless), lists, amends (`If-Match`) and withdraws notices. Errors are reported by field.
Responses are not cacheable.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final

import orjson
from fastapi import Depends, FastAPI, Header, Path, Query, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from mobilite.desk.api.models import (
    AlertDraft,
    CancellationDraft,
    DeskJson,
    NoticeJson,
    NoticeListJson,
)
from mobilite.desk.api.rendering import notice_json, parse_alert, parse_cancellation
from mobilite.desk.domain.notice import Notice
from mobilite.desk.flows.list_notices import list_notices
from mobilite.desk.flows.publish_notice import (
    Content,
    Desk,
    amend,
    draft,
    get_notice,
    publish,
    withdraw,
)
from mobilite.desk.ports import DeskKey
from mobilite.gtfs.domain.ids import FeedId
from mobilite.http.api.parameters import BoundedNumber, Cursor
from mobilite.sources.ports import DESK_FEED_PATH
from socle.errors import Refusal
from socle.http import Router

FindKey = Callable[[str], DeskKey | None]
"""Gives the owner of a key; None if it is unknown."""

FeedOfPath = Annotated[
    FeedId, Path(description="Réseau de la clé", max_length=63, examples=["remi"])
]
NoticeId = Annotated[str, Path(max_length=64)]
Preview = Annotated[bool, Query(description="true : vérifier et montrer, sans publier")]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=100, description="La même demande, une seule fois"),
]
IfMatch = Annotated[
    str,
    Header(
        alias="If-Match", description="Version connue de l’avis, lue dans ETag", examples=['"1"']
    ),
]

_VERSION: Final = re.compile(r'(?:W/)?"([0-9]{1,9})"')


NoticesLimit = Annotated[int, BoundedNumber(1, 100), Query(description="Nombre d'avis")]


_KEY: Final = HTTPBearer(
    scheme_name="DeskKey", description="Une clé du guichet (guichet_…).", auto_error=False
)


async def key_of_caller(
    request: Request, presented: Annotated[HTTPAuthorizationCredentials | None, Security(_KEY)]
) -> DeskKey:
    """The owner of the request's key. Raises Refusal("unauthenticated") if there is none, or it is
    unknown."""
    find_key: FindKey = request.app.state.find_key
    key = find_key(presented.credentials.strip()) if presented else None
    if key is None:
        raise Refusal(
            "unauthenticated",
            "Le guichet demande une clé : en-tête « Authorization: Bearer guichet_… ».",
        )
    return key


Caller = Annotated[DeskKey, Depends(key_of_caller)]


def add_desk(app: FastAPI, desk: Desk, find_key: FindKey, *, prefix: str) -> None:
    """Add the endpoints of the desk. Each requires a key; those of a feed, a key for it."""
    app.state.find_key = find_key
    router = Router(prefix=f"{prefix}/desk", tags=["desk"])
    _add_key(router, desk)
    _add_reading(router, desk)
    _add_publishing(router, desk)
    _add_cancelling(router, desk)
    _add_changing(router, desk)
    router.add_to(app)


def add_desk_feed(app: FastAPI, render_feed: Callable[[FeedId], Awaitable[bytes]]) -> None:
    """Add the internal endpoint at which the poll role reads a feed's notices. The gateway does
    not route to it. `render_feed`: the serialised message of a feed."""

    @app.get(f"{DESK_FEED_PATH}/{{feed_id}}.pb", include_in_schema=False)
    async def show_feed(feed_id: FeedOfPath) -> Response:
        return Response(await render_feed(feed_id), media_type="application/x-protobuf")


def _add_key(router: Router, desk: Desk) -> None:
    @router.get(
        "", operation_id="get_desk", response_model=DeskJson, summary="La clé et ses réseaux"
    )
    async def show_desk(key: Caller) -> Response:
        """À qui est la clé, et pour quels réseaux."""
        feeds = [
            {"id": feed_id, "ready": desk.timetable_of(feed_id) is not None}
            for feed_id in sorted(key.feeds)
        ]
        return _answer({"name": key.name, "feeds": feeds})


def _add_reading(router: Router, desk: Desk) -> None:
    @router.get(
        "/{feed_id}/notices",
        operation_id="list_notices",
        response_model=NoticeListJson,
        summary="Les avis publiés",
    )
    async def show_notices(
        feed_id: FeedOfPath,
        key: Caller,
        told: Annotated[bool, Query(description="true : seulement ceux diffusés")] = True,
        limit: NoticesLimit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """Du plus récent au plus ancien."""
        page = await list_notices(
            feed_id, by=key, only_published=told, cursor=cursor, limit=limit, desk=desk
        )
        notices = [_json(notice, desk) for notice in page.notices]
        return _answer({"notices": notices, "next": page.next})

    @router.get(
        "/{feed_id}/notices/{notice_id}",
        operation_id="get_notice",
        response_model=NoticeJson,
        summary="Un avis",
    )
    async def show_notice(
        feed_id: FeedOfPath,
        notice_id: NoticeId,
        key: Caller,
    ) -> Response:
        """Un avis, en cours ou passé."""
        return _render_notice(await get_notice(feed_id, notice_id, by=key, desk=desk), desk)


def _add_publishing(router: Router, desk: Desk) -> None:
    @router.post(
        "/{feed_id}/alerts",
        operation_id="publish_alert",
        status_code=201,
        response_model=NoticeJson,
        summary="Publier une alerte",
    )
    async def publish_alert(
        feed_id: FeedOfPath,
        written: AlertDraft,
        key: Caller,
        preview: Preview = False,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Une perturbation, des travaux, une information."""
        key.allow(feed_id)
        publication = _PublishRequest(
            feed_id, parse_alert(written, feed_id), key, idempotency_key, preview
        )
        return await _publish_or_preview(publication, desk)


def _add_cancelling(router: Router, desk: Desk) -> None:
    @router.post(
        "/{feed_id}/cancellations",
        operation_id="publish_cancellation",
        status_code=201,
        response_model=NoticeJson,
        summary="Supprimer une course",
    )
    async def publish_cancellation(
        feed_id: FeedOfPath,
        written: CancellationDraft,
        key: Caller,
        preview: Preview = False,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Une course qui ne circulera pas un jour donné."""
        key.allow(feed_id)
        publication = _PublishRequest(
            feed_id, parse_cancellation(written, feed_id), key, idempotency_key, preview
        )
        return await _publish_or_preview(publication, desk)


@dataclass(frozen=True, slots=True)
class _PublishRequest:
    """A notice to publish or to preview."""

    feed_id: FeedId
    content: Content
    key: DeskKey
    idempotency_key: str | None
    preview: bool


async def _publish_or_preview(publication: _PublishRequest, desk: Desk) -> Response:
    if publication.preview:
        return _render_notice(
            draft(publication.feed_id, publication.content, by=publication.key, desk=desk), desk
        )
    notice = await publish(
        publication.feed_id,
        publication.content,
        by=publication.key,
        idempotency_key=publication.idempotency_key,
        desk=desk,
    )
    return _render_notice(notice, desk, status=201)


def _add_changing(router: Router, desk: Desk) -> None:
    @router.put(
        "/{feed_id}/alerts/{notice_id}",
        operation_id="amend_alert",
        response_model=NoticeJson,
        summary="Modifier",
    )
    async def amend_alert(
        feed_id: FeedOfPath,
        notice_id: NoticeId,
        written: AlertDraft,
        key: Caller,
        if_match: IfMatch,
    ) -> Response:
        """Remplace le contenu d'une alerte diffusée."""
        key.allow(feed_id)
        content, version = parse_alert(written, feed_id), _version(if_match)
        notice = await amend(feed_id, notice_id, content, version=version, by=key, desk=desk)
        return _render_notice(notice, desk)

    @router.delete(
        "/{feed_id}/notices/{notice_id}",
        operation_id="withdraw_notice",
        response_model=NoticeJson,
        summary="Retirer",
    )
    async def withdraw_notice(
        feed_id: FeedOfPath,
        notice_id: NoticeId,
        key: Caller,
    ) -> Response:
        """L'avis n'est plus diffusé ; il reste consultable ici."""
        return _render_notice(await withdraw(feed_id, notice_id, by=key, desk=desk), desk)


def _version(if_match: str) -> int:
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        raise Refusal("invalid", 'En-tête If-Match : la version connue est attendue, comme "3".')
    return int(found.group(1))


def _json(notice: Notice, desk: Desk) -> NoticeJson:
    return notice_json(notice, desk.timetable_of(notice.feed_id), desk.clock.now())


def _render_notice(notice: Notice, desk: Desk, *, status: int = 200) -> Response:
    return _answer(_json(notice, desk), status=status, etag=f'"{notice.version}"')


def _answer(content: object, *, status: int = 200, etag: str | None = None) -> Response:
    headers = {"cache-control": "no-store"} | ({} if etag is None else {"etag": etag})
    return Response(orjson.dumps(content), status, media_type="application/json", headers=headers)

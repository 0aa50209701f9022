"""What the gateway requests of esante for a person who logs in: the records of others that are open
to them (`GET /carers/records`; by one link with `?related_person=1`), and the acceptance of an
invitation (`POST /carers/invitations`).

No route of the gateway leads here: it sends these requests itself, with a token of the person.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from esante.access.ports import CaredRecord, CarerLinks
from esante.core.api.outcomes import render_problem
from esante.core.api.responses import FhirResponse
from esante.core.domain.resource import format_instant
from esante.interactions.flows.invite_carer import accept_invitation
from esante.traces.api.request_tracing import RequestTracing
from socle.auth import Caller, caller_of
from socle.errors import Refusal
from socle.http import ClientDisconnected, Receive, Scope, Send, of_refusal

PREFIX: Final = "/carers/"
_MAX_BODY: Final = 1000


class CarerLinkRequests:
    """The ASGI application under `/carers/`. `tracing`: of acceptances; None: they leave none."""

    def __init__(self, links: CarerLinks, tracing: RequestTracing | None) -> None:
        self._links, self._tracing = links, tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Raises Refusal for callers who are not people as themselves."""
        caller, at = caller_of(scope), (scope["method"], scope["path"])
        if caller.role != "patient" or not caller.subject:
            raise Refusal("forbidden", "Seule une personne connectée a des proches.")
        content: Any
        if at == ("GET", PREFIX + "records"):
            content = {"records": await self._list(caller, scope)}
        elif at == ("POST", PREFIX + "invitations"):
            content = await self._accept(caller, receive)
        else:
            raise Refusal("not_found", "Rien n'existe à cette adresse.")
        scope["route_template"] = scope["path"]
        body = orjson.dumps(content)
        await FhirResponse(200, body, content_type=b"application/json").send(send)

    async def _list(self, caller: Caller, scope: Scope) -> list[dict[str, Any]]:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        person = query.get("related_person")
        found = await self._links.list_records(caller.subject, person)
        return [_rendered(each) for each in found]

    async def _accept(self, caller: Caller, receive: Receive) -> dict[str, Any]:
        code = _code_in(await _read(receive))
        accept = partial(
            accept_invitation,
            code,
            account=caller.subject,
            own=caller.patient,
            links=self._links,
        )
        found = await (
            accept() if self._tracing is None else _traced(accept, caller, self._tracing)
        )
        return _rendered(found)


async def _traced(
    accept: Callable[[], Awaitable[CaredRecord]], caller: Caller, tracing: RequestTracing
) -> CaredRecord:
    """Accept an invitation and record its trace. Raises Retry instead of an untraced response."""
    tracing.prepare_acceptance()
    try:
        found = await accept()
    except Refusal as refusal:
        tracing.record_acceptance(caller, render_problem(of_refusal(refusal), None)[0])
        raise
    tracing.record_acceptance(
        caller, 200, related_person=found.related_person, patient=found.patient
    )
    return found


def _rendered(record: CaredRecord) -> dict[str, Any]:
    until = None if record.until is None else format_instant(record.until)
    return asdict(record) | {"until": until}


def _code_in(body: bytes) -> str:
    try:
        code = orjson.loads(body)["code"]
    except (ValueError, KeyError, TypeError):
        code = None
    if not isinstance(code, str):
        raise Refusal("invalid", "Un objet JSON avec « code » est attendu.")
    return code


async def _read(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        body += message.get("body", b"")
        if len(body) > _MAX_BODY:
            raise Refusal("too_large", "Un code est court.")
        if not message.get("more_body"):
            return body

"""`/auth/proches`: the records of others that are open to a person; a code opens one more."""

from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.callers.domain.identity import Identity
from gateway.http.api.forms import read_form_fields
from gateway.http.api.pages import PAGES
from gateway.oauth.api.browser_responses import (
    NEVER_STORED,
    CurrentContext,
    has_session,
    login_redirect,
    session_ended,
)
from gateway.oauth.flows.authorization_server import AuthorizationServer
from socle.errors import Refusal
from socle.http import Router
from socle.pages import SESSION_FIELD, check_session

_ADDRESS: Final = "/auth/proches"
_LONGEST: Final = 100
_STATUSES: Final = {"not_found": 404, "conflict": 409, "unavailable": 503}


def cared_records_router(server: AuthorizationServer) -> Router:
    """The router of the page and of its form."""
    router = Router(include_in_schema=False)

    @router.get(_ADDRESS)
    async def cared_records(request: Request, context: CurrentContext) -> Response:
        if not has_session(context):
            return login_redirect(_ADDRESS)
        _require_person(context.identity)
        return await _page(server, context.identity, opened="ouvert" in request.query_params)

    @router.post(_ADDRESS)
    async def accept(request: Request, context: CurrentContext) -> Response:
        if not has_session(context):
            return session_ended("change", _ADDRESS)
        _require_person(context.identity)
        fields = dict(await read_form_fields(request))
        check_session(fields.get(SESSION_FIELD, ""), announced=True)
        code = fields.get("code", "").strip()[:_LONGEST]
        try:
            await server.cared_records.accept(context.identity, code)
        except Refusal as refusal:
            if refusal.category not in _STATUSES:
                raise
            return await _page(server, context.identity, mistake=refusal.category, typed=code)
        return RedirectResponse(f"{_ADDRESS}?ouvert", 303, NEVER_STORED)

    return router


async def _page(
    server: AuthorizationServer,
    identity: Identity,
    *,
    opened: bool = False,
    mistake: str = "",
    typed: str = "",
) -> Response:
    """The page. `opened`: it follows an invitation that was accepted. `mistake`: why one was not.
    `typed`: its code."""
    try:
        records = await server.cared_records.list_records(identity)
    except Refusal as refusal:
        if refusal.category != "unavailable":
            raise
        records, mistake = (), "unavailable"
    return PAGES.answer(
        "proches/page.html",
        status=_STATUSES.get(mistake, 200),
        records=records,
        opened=opened,
        mistake=mistake,
        typed=typed,
    )


def _require_person(identity: Identity) -> None:
    if identity.role != "patient":
        raise Refusal("forbidden", "Les dossiers de proches s'ouvrent avec un compte de patient.")

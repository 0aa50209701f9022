"""The person's decision, from the consent page: `/auth/consent`."""

from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.http.api.forms import read_form_fields
from gateway.http.domain.local_paths import safe_next
from gateway.oauth.api.browser_responses import (
    NEVER_STORED,
    CurrentContext,
    authorization_response,
    has_session,
    login_redirect,
    session_ended,
)
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.consent import ConsentDecision, decide_consent, resume_consent
from socle.http import Router

_ADDRESS: Final = "/auth/consent"
_FIELDS: Final = ("ticket", "patient", "keep")
"""The fields that a login gives back. The answer is not one of them: the person decides again."""


def consent_router(server: AuthorizationServer) -> Router:
    """The router of the form's address."""
    router = Router(include_in_schema=False)

    @router.post(_ADDRESS)
    async def consent(request: Request, context: CurrentContext) -> Response:
        fields = await read_form_fields(request)
        if not has_session(context):
            return session_ended("choices", _resume_address(fields))
        form = dict(fields)
        decision = ConsentDecision(
            agreed=form.get("answer") in ("some", "all"),
            ticked=None if form.get("answer") == "all" else _ticked(fields),
            patient=form.get("patient", "").strip(),
        )
        found = await decide_consent(
            form.get("ticket", ""), decision, context.identity, server=server
        )
        return authorization_response(found, context)

    @router.get(_ADDRESS)
    async def resume(request: Request, context: CurrentContext) -> Response:
        fields = request.query_params.multi_items()
        form = dict(fields)
        if "ticket" not in form:
            return RedirectResponse("/auth/applications", 303, NEVER_STORED)
        if not has_session(context):
            return login_redirect(_resume_address(fields))
        found = await resume_consent(
            form["ticket"],
            _ticked(fields),
            form.get("patient", ""),
            context.identity,
            server=server,
        )
        return authorization_response(found, context)

    return router


def _ticked(fields: list[tuple[str, str]]) -> frozenset[str]:
    return frozenset(value for name, value in fields if name == "keep")


def _resume_address(fields: list[tuple[str, str]]) -> str:
    """The address that displays the form again with its choices; without them if it would be too
    long."""
    sent = [field for field in fields if field[0] in _FIELDS]
    address = f"{_ADDRESS}?{urlencode(sent)}"
    if safe_next(address) == address:
        return address
    return f"{_ADDRESS}?{urlencode([field for field in sent if field[0] == 'ticket'])}"

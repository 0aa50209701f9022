"""SMART App Launch over HTTP: discovery, authorization, tokens, launches, what was granted.

https://hl7.org/fhir/smart-app-launch/
"""

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.consent_page import applications_page, consent_page
from gateway.api.oauth_exchange import answer, fields_of, form_of, presented_by, query_of, refused
from gateway.api.smart_discovery import SMART_STYLE, openid_configuration, smart_configuration
from gateway.api.visits import visit_of
from gateway.domain.grants import LAUNCH_LIFE, Launch
from gateway.domain.oauth import Denied
from gateway.domain.visit import Visit
from gateway.flows.ask_for_access import GoBack, Question, ask_for_access
from gateway.flows.authenticate_client import authenticate_client
from gateway.flows.authority import Authority
from gateway.flows.decide_access import Decision, decide_access
from gateway.flows.issue_tokens import issue_tokens
from gateway.flows.launch_application import launch_application
from gateway.flows.look_into_tokens import introspect, revoke
from socle.errors import Refusal

_KEPT_SHORTLY: Final = {"cache-control": "public, max-age=60"}
_NEVER_KEPT: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
_Visiting = Annotated[Visit, Depends(visit_of)]


class LaunchBody(BaseModel):
    """What is at hand where an application is launched from."""

    model_config = ConfigDict(extra="forbid")

    patient: Annotated[str, Field(max_length=64)] | None = None
    encounter: Annotated[str, Field(max_length=64)] | None = None
    intent: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] | None = None
    client: Annotated[str, Field(max_length=63)] | None = None


def smart_router(authority: Authority) -> APIRouter:
    """All of it."""
    router = APIRouter(include_in_schema=False)
    _discovery(router, authority)
    _authorization(router, authority)
    _tokens(router, authority)
    _applications(router, authority)
    _launches(router, authority)
    return router


def _discovery(router: APIRouter, authority: Authority) -> None:
    @router.get("/fhir/.well-known/smart-configuration")
    async def smart() -> Response:
        return JSONResponse(smart_configuration(authority.public), headers=_KEPT_SHORTLY)

    @router.get("/.well-known/openid-configuration")
    async def openid() -> Response:
        return JSONResponse(openid_configuration(authority.public), headers=_KEPT_SHORTLY)

    @router.get("/auth/smart-style.json")
    async def style() -> Response:
        return JSONResponse(SMART_STYLE, headers=_KEPT_SHORTLY)


def _authorization(router: APIRouter, authority: Authority) -> None:
    @router.get("/auth/authorize")
    async def authorize(request: Request, visit: _Visiting) -> Response:
        found = await ask_for_access(query_of(request), visit.identity, authority=authority)
        if isinstance(found, GoBack | Question):
            return _told(found, visit)
        return RedirectResponse(
            "/auth/login?next=" + quote(visit.target, safe=""), 303, _NEVER_KEPT
        )

    @router.post("/auth/authorize")
    async def authorize_by_form(request: Request) -> Response:
        # As an address of ours: a cookie that no other site may send with a form comes with it.
        body = (await request.body()).decode("ascii", "replace")
        return RedirectResponse("/auth/authorize?" + quote(body, safe="=&%+"), 303, _NEVER_KEPT)

    @router.post("/auth/consent")
    async def consent(request: Request, visit: _Visiting) -> Response:
        _in_session(visit)
        fields = await fields_of(request)
        said = dict(fields)
        ticked = frozenset(value for name, value in fields if name == "keep")
        decision = Decision(
            agreed=said.get("answer") in ("some", "all"),
            ticked=None if said.get("answer") == "all" else ticked,
            patient=said.get("patient", "").strip(),
        )
        found = await decide_access(
            said.get("ticket", ""), decision, visit.identity, authority=authority
        )
        return _told(found, visit)


def _tokens(router: APIRouter, authority: Authority) -> None:
    @router.post("/auth/token")
    async def token(request: Request) -> Response:
        try:
            form = await form_of(request)
            client = await authenticate_client(presented_by(request, form), authority=authority)
            told = await issue_tokens(form, client, authority=authority)
        except Denied as denied:
            return refused(denied)
        return answer(told)

    @router.post("/auth/introspect")
    async def introspection(request: Request) -> Response:
        try:
            form = await form_of(request)
            client = await authenticate_client(presented_by(request, form), authority=authority)
            told = await introspect(form.get("token", ""), client, authority=authority)
        except Denied as denied:
            return refused(denied)
        return answer(told)

    @router.post("/auth/revoke")
    async def revocation(request: Request) -> Response:
        try:
            form = await form_of(request)
            client = await authenticate_client(presented_by(request, form), authority=authority)
            await revoke(form.get("token", ""), client, authority=authority)
        except Denied as denied:
            return refused(denied)
        return answer({})


def _applications(router: APIRouter, authority: Authority) -> None:
    @router.get("/auth/applications")
    async def applications(request: Request, visit: _Visiting) -> Response:
        if visit.identity.means != "session":
            return RedirectResponse("/auth/login?next=/auth/applications", 303, _NEVER_KEPT)
        identity = visit.identity
        found = await authority.grants.list_applications(identity.subject, authority.clock.now())
        named = [(each, _name(each.client)) for each in found]
        done = "retire" in request.query_params
        return applications_page(named, identity.role, taken_back=done)

    @router.post("/auth/applications")
    async def take_back(request: Request, visit: _Visiting) -> Response:
        _in_session(visit)
        client = dict(await fields_of(request)).get("client", "")
        now = authority.clock.now()
        await authority.grants.revoke_application(visit.identity.subject, client, now)
        return RedirectResponse("/auth/applications?retire", 303, _NEVER_KEPT)

    def _name(client_id: str) -> str:
        client = authority.clients.find(client_id)
        return client.name if client else client_id


def _launches(router: APIRouter, authority: Authority) -> None:
    @router.post("/auth/launch", status_code=201)
    async def launch(body: LaunchBody, visit: _Visiting) -> Response:
        at_hand = Launch(visit.identity.subject, body.patient, body.encounter, body.intent)
        launched = await launch_application(
            at_hand, visit.identity, body.client, authority=authority
        )
        told: dict[str, Any] = {
            "launch": launched.handle,
            "iss": authority.fhir,
            "expires_in": int(LAUNCH_LIFE.total_seconds()),
        }
        if launched.address:
            told["url"] = launched.address
        return JSONResponse(told, 201, _NEVER_KEPT)


def _told(found: GoBack | Question, visit: Visit) -> Response:
    if isinstance(found, Question):
        return consent_page(found, visit.identity.role)
    return RedirectResponse(found.uri, 303, _NEVER_KEPT)


def _in_session(visit: Visit) -> None:
    """Only a person in front of a browser decides; the door guards a session's forms."""
    if visit.identity.means != "session":
        raise Refusal("unauthenticated", "Votre session est terminée : connectez-vous à nouveau.")

"""The consent page: a person decides what an application gets.

No box is ticked in advance (GDPR recital 32). It works without scripts.
"""

from urllib.parse import urlsplit

from fastapi import Response

from gateway.callers.domain.identity import Role
from gateway.http.api.pages import PAGES
from gateway.oauth.api.scope_texts import describe_plain_scope, describe_scope
from gateway.oauth.domain.authorization_request import OPTIONAL_SCOPES
from gateway.oauth.domain.redirect_uris import form_target
from gateway.oauth.flows.authorize import ConsentRequest


def consent_page(request: ConsentRequest, role: Role) -> Response:
    """The page of a consent request. `role`: that of the person."""
    return PAGES.answer(
        "consentement/page.html",
        status=400 if request.mistake else 200,
        forms=[form_target(request.redirect_uri)],
        client=request.client,
        record=_record(request, role),
        offer=request.offer,
        choices=_choices(request, role),
        ticket=request.ticket,
        ticked=request.ticked,
        patient=request.patient,
        mistake=request.mistake,
        back=urlsplit(request.redirect_uri).netloc,
    )


def _record(request: ConsentRequest, role: Role) -> str:
    """Whose record the application gets, as in the names of the introductions."""
    offered = request.offer
    if not offered.scopes.at_levels("patient") and not offered.picks_patient:
        return "none"
    if offered.records:
        return "chosen"
    if role == "patient":
        return "own"
    return "picked" if offered.picks_patient else "given"


def _choices(request: ConsentRequest, role: Role) -> list[tuple[str, str, str]]:
    """What the person can tick: value, text and detail of each."""
    scopes = request.offer.scopes
    # Which record, the person has not chosen yet: it can be that of somebody else.
    role = "carer" if request.offer.records else role
    choices = [(str(each), describe_scope(each, role), "") for each in scopes.choices()]
    plain = [name for name in OPTIONAL_SCOPES if name in scopes.plain]
    return choices + [(name, *describe_plain_scope(name)) for name in plain]

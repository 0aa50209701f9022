"""The person's decision on a consent request: some of the offered scopes, all, or none.

A decision that arrives after the session has ended is not lost: `resume_consent` displays it again
after the login.
"""

from dataclasses import dataclass, replace

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.authorization_request import (
    Offer,
    all_choices,
    allowed_in,
    choose_record,
    choose_scopes,
    is_fhir_id,
    make_offer,
    opens_anything,
)
from gateway.oauth.domain.cared_records import identity_in
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import AuthorizationRequest, Consent
from gateway.oauth.domain.scopes import Scopes
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.authorize import (
    ConsentRequest,
    Mistake,
    RedirectToClient,
    issue_code,
    redirect_error,
    request_consent,
)
from gateway.oauth.flows.cared_records import find_cared_records
from gateway.oauth.flows.launch_context import find_launch_context
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class ConsentDecision:
    """The person's decision."""

    agreed: bool
    """False: they grant nothing."""
    ticked: frozenset[str] | None
    """The scopes that they ticked; None: all."""
    patient: str = ""
    """The id of the patient, or the value of the record, that they chose if one is needed."""


async def decide_consent(
    ticket: str, decision: ConsentDecision, identity: Identity, *, server: AuthorizationServer
) -> RedirectToClient | ConsentRequest:
    """Issue a code, an error response, or the consent request again if the decision has a mistake.

    Raises Refusal("gone") for an unknown, expired or already decided request.
    """
    now = server.clock.now()
    taken = await server.consents.take_request(digest(ticket), identity.subject, now)
    request, client = _with_client(taken, server)
    try:
        if not decision.agreed:
            raise Denied("access_denied", "La personne a refusé.")
        offered = await _offer(request, client, identity, server)
        ticked = all_choices(offered.scopes) if decision.ticked is None else decision.ticked
        if mistake := _find_mistake(offered, ticked, decision.patient):
            repeated = await request_consent(request, client, identity, offered, server=server)
            return replace(repeated, ticked=ticked, patient=decision.patient, mistake=mistake)
        if offered.picks_patient:
            offered = replace(offered, patient=decision.patient)
        given, acting = choose_scopes(offered.scopes, ticked), identity
        if chosen := choose_record(offered, decision.patient):
            offered = replace(offered, patient=chosen.patient)
            acting = identity_in(chosen, identity)
            given &= allowed_in(chosen, identity)
        if not opens_anything(given):
            raise Denied("invalid_scope", "Rien de ce qui est demandé ne peut être accordé ici.")
        redirect = await issue_code(request, client, acting, offered, given, server=server)
    except Denied as denied:
        return redirect_error(request.redirect_uri, request.state, denied, server)
    # What was given for the record of somebody else is never given again without the person.
    consent = Consent(Scopes() if acting.role == "carer" else offered.scopes, given)
    await server.consents.store_consent(identity.subject, client.id, consent, now)
    return redirect


async def _offer(
    request: AuthorizationRequest, client: Client, identity: Identity, server: AuthorizationServer
) -> Offer:
    launch = await find_launch_context(request, identity, server)
    cared = await find_cared_records(request, identity, server)
    return make_offer(request, client, identity, launch, cared)


async def resume_consent(
    ticket: str,
    ticked: frozenset[str],
    patient: str,
    identity: Identity,
    *,
    server: AuthorizationServer,
) -> RedirectToClient | ConsentRequest:
    """The consent request again, with the choices of a decision that was sent without a session.

    Raises Refusal("gone") for an unknown, expired or already decided request.
    """
    now = server.clock.now()
    found = await server.consents.find_request(digest(ticket), identity.subject, now)
    request, client = _with_client(found, server)
    try:
        offered = await _offer(request, client, identity, server)
    except Denied as denied:
        return redirect_error(request.redirect_uri, request.state, denied, server)
    return ConsentRequest(ticket, client, request.redirect_uri, offered, ticked, patient)


def _with_client(
    request: AuthorizationRequest | None, server: AuthorizationServer
) -> tuple[AuthorizationRequest, Client]:
    """The request that waits for a person, and its application. Raises Refusal("gone")."""
    client = server.clients.find(request.client) if request else None
    if request is None or client is None or not client.redirects_to(request.redirect_uri):
        message = "Cette demande n'attend plus de réponse. Recommencez depuis l'application."
        raise Refusal("gone", message, rule="answered_request")
    return request, client


def _find_mistake(offered: Offer, ticked: frozenset[str], patient: str) -> Mistake | None:
    if not opens_anything(choose_scopes(offered.scopes, ticked)):
        return "nothing_ticked"
    if offered.picks_patient and not is_fhir_id(patient):
        return "invalid_patient"
    if offered.picks_patient or choose_record(offered, patient) is not None:
        return None
    if offered.records:
        return "invalid_record"
    # What was chosen for the record of somebody else is not given for one's own.
    is_gone = patient and patient != f"Patient/{offered.patient}"
    return "record_gone" if is_gone else None

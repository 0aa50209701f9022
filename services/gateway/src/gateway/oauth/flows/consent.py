"""The person decides what an application gets: some of what is offered, all, or nothing."""

from dataclasses import dataclass, replace

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.authorization_request import (
    Offer,
    all_of,
    chosen,
    is_fhir_id,
    offer,
    opens_anything,
)
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import Consent
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.flows.authorize import (
    ConsentRequest,
    RedirectToClient,
    grant,
    question,
    redirect_error,
)
from gateway.oauth.flows.launch_context import at_hand
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Decision:
    """`ticked`: what was kept, as scopes; None: all. `patient`: the one picked, where one is to
    be."""

    agreed: bool
    ticked: frozenset[str] | None
    patient: str = ""


async def decide_consent(
    ticket: str, decision: Decision, identity: Identity, *, authority: AuthorizationServer
) -> RedirectToClient | ConsentRequest:
    """Raises Refusal("gone") for a question that is no longer open to that person."""
    now = authority.clock.now()
    asked = await authority.decisions.take_request(digest(ticket), identity.subject, now)
    client = authority.clients.find(asked.client) if asked else None
    if asked is None or client is None or not client.redirects_to(asked.redirect_uri):
        raise Refusal(
            "gone", "Cette demande d'accès n'attend plus de réponse. Revenez par l'application."
        )
    try:
        if not decision.agreed:
            raise Denied("access_denied", "La personne a refusé.")
        offered = offer(asked, client, identity, await at_hand(asked, identity, authority))
        ticked = all_of(offered.scopes) if decision.ticked is None else decision.ticked
        if mistake := _mistake(offered, ticked, decision.patient):
            again = await question(asked, client, identity, offered, authority=authority)
            return replace(again, ticked=ticked, mistake=mistake)
        if offered.picks:
            offered = replace(offered, patient=decision.patient)
        given = chosen(offered.scopes, ticked)
        back = await grant(asked, client, identity, offered, given, authority=authority)
    except Denied as denied:
        return redirect_error(asked.redirect_uri, asked.state, denied, authority)
    consent = Consent(offered.scopes, given)
    await authority.decisions.store_consent(identity.subject, client.id, consent, now)
    return back


def _mistake(offered: Offer, ticked: frozenset[str], patient: str) -> str | None:
    if not opens_anything(chosen(offered.scopes, ticked)):
        return "Cochez au moins une ligne, ou refusez."
    if offered.picks and not is_fhir_id(patient):
        return "Indiquez l'identifiant du patient : lettres, chiffres, « - » et « . » seulement."
    return None

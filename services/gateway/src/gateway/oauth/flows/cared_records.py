"""The records of others that are open to a person, as the FHIR server knows them at that moment."""

from collections.abc import Sequence

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.authorization_request import needs_record
from gateway.oauth.domain.cared_records import RELATED_PERSON, CaredRecord
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.grants import AuthorizationRequest, Grant
from gateway.oauth.flows.authorization_server import AuthorizationServer
from socle.errors import Refusal


async def find_cared_records(
    request: AuthorizationRequest, identity: Identity, server: AuthorizationServer
) -> Sequence[CaredRecord]:
    """Those that a request can be about. Who has a record of their own can choose it while the FHIR
    server is away; otherwise raises Refusal("unavailable")."""
    if identity.role != "patient" or not needs_record(request):
        return ()
    try:
        return await server.cared_records.list_records(identity)
    except Refusal as refusal:
        if refusal.category != "unavailable" or identity.patient is None:
            raise
        return ()


async def require_linked(grant: Grant, server: AuthorizationServer) -> None:
    """Check that the record of a grant is still open to its person; others pass.

    Raises Denied("invalid_grant") if it is not: the grant is revoked; Refusal("unavailable") if the
    FHIR server is away.
    """
    if grant.role != "carer":
        return
    person = Identity(role="patient", subject=grant.subject)
    related_person = (grant.fhir_user or "").removeprefix(f"{RELATED_PERSON}/")
    # One link is asked about: a list has an end.
    for each in await server.cared_records.list_records(person, related_person):
        in_record = f"{RELATED_PERSON}/{each.related_person}", each.patient
        if in_record == (grant.fhir_user, grant.patient):
            return
    await server.grants.revoke(grant.id, server.clock.now())
    raise Denied("invalid_grant", "Cet accès est terminé : le dossier n'est plus ouvert.")

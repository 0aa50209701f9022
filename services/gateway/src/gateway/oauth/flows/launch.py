"""A professional's software launches an application with what it has at hand (EHR launch).

https://hl7.org/fhir/smart-app-launch/app-launch.html#launch-app-ehr-launch
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.authorization_request import is_fhir_id
from gateway.oauth.domain.grants import LAUNCH_LIFE, Launch
from gateway.oauth.domain.scopes import LAUNCH
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer, new_secret
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Launched:
    """`handle`: the `launch` parameter. `address`: where to open the application, if known."""

    handle: str
    address: str | None


async def launch_application(
    launch: Launch, identity: Identity, client_id: str | None, *, authority: AuthorizationServer
) -> Launched:
    """Keep it for five minutes, for that person alone and once. Raises Refusal."""
    if identity.means != "session" and LAUNCH not in identity.scopes:
        raise Refusal("forbidden", "Le jeton présenté ne permet pas de lancer (scope launch).")
    for what, value in (("patient", launch.patient), ("encounter", launch.encounter)):
        if value is not None and not is_fhir_id(value):
            raise Refusal("invalid", f"{what} : un identifiant FHIR est attendu.")
    client = authority.clients.find(client_id) if client_id else None
    if client_id and (client is None or client.launch_uri is None):
        raise Refusal("not_found", "Cette application ne peut pas être lancée d'ici.")
    handle = new_secret()
    until = authority.clock.now() + LAUNCH_LIFE
    await authority.decisions.store_launch(digest(handle), launch, until)
    if client is None or client.launch_uri is None:
        return Launched(handle, None)
    joint = "&" if "?" in client.launch_uri else "?"
    query = urlencode({"iss": authority.fhir, "launch": handle})
    return Launched(handle, client.launch_uri + joint + query)

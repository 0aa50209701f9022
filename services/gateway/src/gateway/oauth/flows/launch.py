"""EHR launch: a professional's software launches an application with a launch context.

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
    """An EHR launch that was stored."""

    handle: str
    """The value of the `launch` parameter."""
    address: str | None
    """The application's launch URL with its parameters; None if no application was named."""


async def launch_application(
    launch: Launch, identity: Identity, *, server: AuthorizationServer
) -> Launched:
    """Store the context for five minutes, for one use by that person.

    If it names no application, the caller builds the address of one itself.

    Raises Refusal: `forbidden` for a token without the `launch` scope (a session needs none),
    `invalid` for a malformed id, `not_found` for an application that cannot be launched.
    """
    if identity.means != "session" and LAUNCH not in identity.scopes:
        raise Refusal("forbidden", "Le jeton présenté ne permet pas de lancer (scope launch).")
    for name, value in (("patient", launch.patient), ("encounter", launch.encounter)):
        if value is not None and not is_fhir_id(value):
            raise Refusal("invalid", f"{name} : un identifiant FHIR est attendu.")
    client = server.clients.find(launch.client) if launch.client else None
    if launch.client and (client is None or client.launch_uri is None):
        raise Refusal("not_found", "Cette application ne peut pas être lancée d'ici.")
    handle = new_secret()
    until = server.clock.now() + LAUNCH_LIFE
    await server.consents.store_launch(digest(handle), launch, until)
    if client is None or client.launch_uri is None:
        return Launched(handle, None)
    separator = "&" if "?" in client.launch_uri else "?"
    query = urlencode({"iss": server.fhir, "launch": handle})
    return Launched(handle, client.launch_uri + separator + query)

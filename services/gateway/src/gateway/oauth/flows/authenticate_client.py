"""An application proves that it is the one it says: by its password, or by its own key.

https://www.rfc-editor.org/rfc/rfc6749#section-2.3, https://www.rfc-editor.org/rfc/rfc7523#section-3
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from gateway.oauth.domain.client_assertion import claimed_issuer
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.token_digest import digest
from gateway.oauth.flows.authorization_server import AuthorizationServer

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST_LIFE: Final = 300.0  # seconds; SMART: "no more than five minutes in the future"
_SKEW: Final = 10.0
_LONGEST_JTI: Final = 256


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What an application shows of itself. `basic`: its name and password (RFC 7617)."""

    basic: tuple[str, str] | None
    parameters: Mapping[str, str]


async def authenticate_client(
    presented: ClientCredentials, *, authority: AuthorizationServer
) -> Client:
    """The application, proven unless it is public. Raises Denied("invalid_client")."""
    parameters, basic = presented.parameters, presented.basic
    if "client_secret" in parameters:
        raise _refused("le mot de passe va dans l'en-tête Authorization (client_secret_basic)")
    if "client_assertion" in parameters:
        if basic or parameters.get("client_assertion_type") != ASSERTION_TYPE:
            raise _refused("une seule preuve, et client_assertion_type est " + ASSERTION_TYPE)
        return await _by_key(parameters, authority)
    said = basic[0] if basic else await _said(parameters, authority)
    client = authority.clients.find(said)
    if client is None or parameters.get("client_id", said) != said:
        raise _refused("il n'est pas enregistré")
    if basic is None and client.kind != "public":
        raise _refused("il doit prouver qui il est")
    if basic is not None and not _is_password(basic[1], client):
        raise _refused("son mot de passe n'est pas le bon")
    return client


async def _said(parameters: Mapping[str, str], authority: AuthorizationServer) -> str:
    """Who it says it is. A public application may let its refresh token say it: the name proves
    nothing more, and clients in wide use leave it out (RFC 6749 §6 does not ask for it)."""
    if "client_id" in parameters or "refresh_token" not in parameters:
        return parameters.get("client_id", "")
    return await authority.grants.find_refresh_client(digest(parameters["refresh_token"])) or ""


async def _by_key(parameters: Mapping[str, str], authority: AuthorizationServer) -> Client:
    assertion = parameters["client_assertion"]
    said = claimed_issuer(assertion)
    client = authority.clients.find(said)
    if client is None or parameters.get("client_id", said) != said:
        raise _refused("il n'est pas enregistré")
    claims = await authority.keys.proven(assertion, client)
    if claims.get("iss") != client.id or claims.get("sub") != client.id:
        raise _refused("iss et sub doivent être son client_id")
    audience = claims.get("aud")
    if authority.token_address not in (audience if isinstance(audience, list) else [audience]):
        raise _refused(f"aud doit être {authority.token_address}")
    expires = _expiry(claims, authority.clock.now())
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI or not jti.isprintable():
        raise _refused("jti est obligatoire")
    if not await authority.grants.is_first(client.id, jti, expires):
        raise _refused("cette assertion a déjà servi (jti)")
    return client


def _expiry(claims: Mapping[str, Any], now: datetime) -> datetime:
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    at = now.timestamp()
    if not (isinstance(expires, int | float) and isinstance(begins, int | float)):
        raise _refused("exp est obligatoire")
    if not at < expires <= at + _LONGEST_LIFE + _SKEW or begins > at + _SKEW:
        raise _refused("exp doit être à venir, dans les cinq minutes")
    return datetime.fromtimestamp(expires, UTC)


def _is_password(presented: str, client: Client) -> bool:
    return client.secret is not None and hmac.compare_digest(digest(presented).hex(), client.secret)


def _refused(why: str) -> Denied:
    return Denied("invalid_client", f"Le client est refusé : {why}.")

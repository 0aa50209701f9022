"""Client authentication: by password, or by a signed assertion.

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
_MAX_LIFETIME: Final = 300.0  # seconds; SMART: "no more than five minutes in the future"
_CLOCK_SKEW: Final = 10.0  # seconds that the application's clock may be ahead
_MAX_JTI_LENGTH: Final = 256


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The credentials of an application."""

    basic: tuple[str, str] | None
    """Its id and password from the `Authorization` header (RFC 7617), if any."""
    parameters: Mapping[str, str]
    """All parameters of the form."""


async def authenticate_client(
    credentials: ClientCredentials, *, server: AuthorizationServer
) -> Client:
    """The application, authenticated unless it is public.

    Raises Denied("invalid_client"), and Retry if the database is unreachable.
    """
    parameters, basic = credentials.parameters, credentials.basic
    if "client_secret" in parameters:
        raise _invalid_client(
            "le mot de passe va dans l'en-tête Authorization (client_secret_basic)"
        )
    if "client_assertion" in parameters:
        if basic or parameters.get("client_assertion_type") != ASSERTION_TYPE:
            raise _invalid_client(
                "une seule preuve, et client_assertion_type est " + ASSERTION_TYPE
            )
        return await _authenticate_by_assertion(parameters, server)
    client_id = basic[0] if basic else await _claimed_client_id(parameters, server)
    client = server.clients.find(client_id)
    if client is None or parameters.get("client_id", client_id) != client_id:
        raise _invalid_client("il n'est pas enregistré")
    if basic is None and client.client_type != "public":
        raise _invalid_client("il doit prouver qui il est")
    if basic is not None and not _is_password_of(basic[1], client):
        raise _invalid_client("son mot de passe n'est pas le bon")
    return client


async def _claimed_client_id(parameters: Mapping[str, str], server: AuthorizationServer) -> str:
    """The claimed client id. A public application may omit it with a refresh token, which
    identifies it as well; widely used clients do (RFC 6749 §6 does not require it)."""
    if "client_id" in parameters or "refresh_token" not in parameters:
        return parameters.get("client_id", "")
    return await server.grants.find_refresh_client(digest(parameters["refresh_token"])) or ""


async def _authenticate_by_assertion(
    parameters: Mapping[str, str], server: AuthorizationServer
) -> Client:
    assertion = parameters["client_assertion"]
    client_id = claimed_issuer(assertion)
    client = server.clients.find(client_id)
    if client is None or parameters.get("client_id", client_id) != client_id:
        raise _invalid_client("il n'est pas enregistré")
    claims = await server.client_keys.verify(assertion, client)
    if claims.get("iss") != client.id or claims.get("sub") != client.id:
        raise _invalid_client("iss et sub doivent être son client_id")
    audience = claims.get("aud")
    if server.token_endpoint not in (audience if isinstance(audience, list) else [audience]):
        raise _invalid_client(f"aud doit être {server.token_endpoint}")
    expires = _expiry(claims, server.clock.now())
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI_LENGTH or not jti.isprintable():
        raise _invalid_client("jti est obligatoire")
    if not await server.grants.is_first_use(client.id, jti, expires):
        raise _invalid_client("cette assertion a déjà servi (jti)")
    return client


def _expiry(claims: Mapping[str, Any], now: datetime) -> datetime:
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    at = now.timestamp()
    if not (isinstance(expires, int | float) and isinstance(starts, int | float)):
        raise _invalid_client("exp est obligatoire")
    if not at < expires <= at + _MAX_LIFETIME + _CLOCK_SKEW or starts > at + _CLOCK_SKEW:
        raise _invalid_client("exp doit être à venir, dans les cinq minutes")
    return datetime.fromtimestamp(expires, UTC)


def _is_password_of(password: str, client: Client) -> bool:
    return client.secret is not None and hmac.compare_digest(digest(password).hex(), client.secret)


def _invalid_client(why: str) -> Denied:
    return Denied("invalid_client", f"Le client est refusé : {why}.")

"""OpenID Connect as a client: authorization requests, and checks of responses.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from gateway.authentication.domain.provider import Provider
from gateway.authentication.domain.provider_metadata import Metadata
from gateway.sessions.domain.login_attempt import Attempt
from socle.errors import Refusal

CLOCK_SKEW: Final = 60.0  # seconds that two clocks may differ
_MAX_ACR_LENGTH: Final = 500
_MAX_TIMESTAMP: Final = 2**40  # POSIX seconds; anything later is not the time of a login
_LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


def authorization_url(
    metadata: Metadata, provider: Provider, attempt: Attempt, redirect_uri: str, *, language: str
) -> str:
    """The authorization request of a login (Core §3.1.2.1, PKCE RFC 7636 §4.3).

    Strict providers (ProConnect) refuse unknown parameters: only those of the standard are sent,
    and the `language` of the reader only to a provider that declares it.
    """
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if provider.acr:
        query["acr_values"] = " ".join(provider.acr)
    if language in metadata.languages:
        query["ui_locales"] = language
    separator = "&" if "?" in metadata.authorization else "?"
    return metadata.authorization + separator + urlencode(query)


def check_id_token(claims: Mapping[str, Any], provider: Provider, nonce: str, now: float) -> None:
    """Check the claims of an ID token whose signature is verified.

    `nonce`: that of the login attempt. `now`: POSIX seconds.

    Raises Refusal with the name of the first wrong claim as `why`: `unauthenticated`, or
    `forbidden` if only its `acr` is insufficient.
    """
    _check_parties(claims, provider)
    if claims.get("nonce") != nonce:
        raise invalid_provider_response("nonce")
    _check_dates(claims, now)
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise invalid_provider_response("sub")
    if not provider.accepts_acr(claims):
        raise Refusal(
            "forbidden",
            f"« {provider.label} » vous a identifié à un niveau trop faible pour cette "
            "plateforme. Recommencez avec un moyen de connexion plus sûr.",
            why="acr",
        )


def acr_of(claims: Mapping[str, Any]) -> str | None:
    """The authentication context class (Core §2); None unless it is a text of a usable length."""
    value = claims.get("acr")
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_ACR_LENGTH else None


def auth_time_of(claims: Mapping[str, Any]) -> int | None:
    """The time of the login in POSIX seconds (Core §2); None unless it is a plausible number."""
    value = claims.get("auth_time")
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 < value < _MAX_TIMESTAMP
    ):
        return None
    return int(value)


def check_logout_token(claims: Mapping[str, Any], provider: Provider, now: float) -> None:
    """Check the claims of a logout token whose signature is verified (Back-Channel Logout §2.6).

    Raises Refusal("unauthenticated").
    """
    _check_parties(claims, provider)
    _check_dates(claims, now)
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(_LOGOUT_EVENT), Mapping):
        raise invalid_provider_response("events")
    if "nonce" in claims:
        raise invalid_provider_response("nonce")  # it would be an ID token
    if not any(isinstance(claims.get(name), str) for name in ("sub", "sid")):
        raise invalid_provider_response("sub, sid")
    if not isinstance(claims.get("jti"), str):
        raise invalid_provider_response("jti")


def check_userinfo(claims: Mapping[str, Any], provider: Provider, subject: str) -> None:
    """Check userinfo against the `sub` of the ID token (Core §5.3.4).

    Raises Refusal("unauthenticated").
    """
    if claims.get("sub") != subject:
        raise invalid_provider_response("sub")
    if "iss" in claims and claims["iss"] != provider.issuer:
        raise invalid_provider_response("iss")
    if "aud" in claims and provider.client_id not in _as_list(claims["aud"]):
        raise invalid_provider_response("aud")


def invalid_provider_response(why: str) -> Refusal:
    """The refusal of an invalid response of a provider. `why`: the wrong claim or the problem."""
    return Refusal(
        "unauthenticated",
        "La réponse du fournisseur d'identité n'est pas valable. Recommencez la connexion.",
        why=why,
    )


def _check_parties(claims: Mapping[str, Any], provider: Provider) -> None:
    if claims.get("iss") != provider.issuer:
        raise invalid_provider_response("iss")
    audiences = _as_list(claims.get("aud"))
    if provider.client_id not in audiences:
        raise invalid_provider_response("aud")
    azp = claims.get("azp")
    if azp != provider.client_id and (azp is not None or len(audiences) > 1):
        raise invalid_provider_response("azp")


def _check_dates(claims: Mapping[str, Any], now: float) -> None:
    if not _instant(claims, "iat") <= now + CLOCK_SKEW:
        raise invalid_provider_response("iat")
    if not now < _instant(claims, "exp") + CLOCK_SKEW:
        raise invalid_provider_response("exp")


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid_provider_response(name)
    return value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

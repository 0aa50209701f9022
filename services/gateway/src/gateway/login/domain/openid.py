"""What is said between us and an OpenID provider, and when it is to be believed.

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

SKEW: Final = 60.0  # seconds between a provider's clock and ours
_LONGEST_ACR: Final = 500
_LAST: Final = 2**40
_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"


def authorization_url(
    metadata: Metadata, provider: Provider, attempt: Attempt, redirect_uri: str
) -> str:
    """Where the browser asks for a code (Core §3.1.2.1, PKCE RFC 7636 §4.3).

    Nothing a strict provider does not know is sent: ProConnect refuses any other parameter.
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
    joint = "&" if "?" in metadata.authorization else "?"
    return metadata.authorization + joint + urlencode(query)


def judge_id_token(claims: Mapping[str, Any], provider: Provider, nonce: str, now: float) -> None:
    """Hold the claims of a token whose signature is good to what was asked.

    Raises Refusal, naming what is wrong in `why`; `forbidden` where only the level is too low.
    """
    _judge_parties(claims, provider)
    if claims.get("nonce") != nonce:
        raise invalid_provider_response("nonce")
    _judge_dates(claims, now)
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
    """How surely the person logged in, where the provider says it (Core §2)."""
    said = claims.get("acr")
    return said if isinstance(said, str) and 0 < len(said) <= _LONGEST_ACR else None


def auth_time_of(claims: Mapping[str, Any]) -> int | None:
    """When the person logged in, POSIX seconds, where the provider says it (Core §2)."""
    said = claims.get("auth_time")
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said < _LAST:
        return None
    return int(said)


def judge_logout_token(claims: Mapping[str, Any], provider: Provider, now: float) -> None:
    """Hold a logout token to the specification. Raises Refusal."""
    _judge_parties(claims, provider)
    _judge_dates(claims, now)
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(_LOGOUT), Mapping):
        raise invalid_provider_response("events")
    if "nonce" in claims:
        raise invalid_provider_response("nonce")  # it would be an ID token
    if not any(isinstance(claims.get(name), str) for name in ("sub", "sid")):
        raise invalid_provider_response("sub, sid")
    if not isinstance(claims.get("jti"), str):
        raise invalid_provider_response("jti")


def judge_userinfo(claims: Mapping[str, Any], provider: Provider, subject: str) -> None:
    """Hold userinfo to the ID token it came after (Core §5.3.4). Raises Refusal."""
    if claims.get("sub") != subject:
        raise invalid_provider_response("sub")
    if "iss" in claims and claims["iss"] != provider.issuer:
        raise invalid_provider_response("iss")
    if "aud" in claims and provider.client_id not in _listed(claims["aud"]):
        raise invalid_provider_response("aud")


def invalid_provider_response(why: str) -> Refusal:
    """The refusal of what a provider said; `why` names the claim."""
    return Refusal(
        "unauthenticated",
        "La réponse du fournisseur d'identité n'est pas valable. Recommencez la connexion.",
        why=why,
    )


def _judge_parties(claims: Mapping[str, Any], provider: Provider) -> None:
    if claims.get("iss") != provider.issuer:
        raise invalid_provider_response("iss")
    audiences = _listed(claims.get("aud"))
    if provider.client_id not in audiences:
        raise invalid_provider_response("aud")
    authorised = claims.get("azp")
    if authorised != provider.client_id and (authorised is not None or len(audiences) > 1):
        raise invalid_provider_response("azp")


def _judge_dates(claims: Mapping[str, Any], now: float) -> None:
    if not _instant(claims, "iat") <= now + SKEW:
        raise invalid_provider_response("iat")
    if not now < _instant(claims, "exp") + SKEW:
        raise invalid_provider_response("exp")


def _instant(claims: Mapping[str, Any], name: str) -> float:
    said = claims.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise invalid_provider_response(name)
    return said


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]

"""The claims of a bearer token, checked once its signature is verified.

https://www.rfc-editor.org/rfc/rfc9068#section-4 · https://www.rfc-editor.org/rfc/rfc8725
https://www.rfc-editor.org/rfc/rfc6750#section-3.1 · https://www.rfc-editor.org/rfc/rfc9470
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from gateway.authentication.domain.provider import AssignableRole, Provider
from gateway.callers.domain.identity import Identity, Role
from socle.errors import Refusal

Claims = Mapping[str, Any]

CLOCK_SKEW: Final = 60.0  # seconds that two clocks may differ
ACCESS_TYPE: Final = "at+jwt"
"""The `typ` of the gateway's own access tokens; other tokens that it signs have another."""
_TYPES: Final = frozenset({ACCESS_TYPE, f"application/{ACCESS_TYPE}"})
_ROLES: Final[tuple[Role, ...]] = (*get_args(AssignableRole), "carer")
"""Those of our own tokens."""

_REASONS: Final = {
    "too large": "il est trop long",
    "expired": "il n'est plus valable, demandez-en un autre",
    "not yet valid": "il n'est pas encore valable",
    "revoked": "il a été révoqué",
    "unknown issuer": "son émetteur n'est pas reconnu ici",
    "other audience": "il est destiné à un autre service",
}
_OTHER_REASON: Final = "il n'est pas de ceux que nous acceptons"


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a bearer token states, once its signature and its claims are verified."""

    identity: Identity
    """The identity of its bearer."""
    references: tuple[str, ...]
    """The ids by which it can be revoked: its `jti`, and its grant if it has one. Empty for the
    token of another issuer."""
    until: float
    """Expiry in POSIX seconds."""


def invalid_token(why: str) -> Refusal:
    """The refusal of a token. `why`: a few English words for the challenge of the response."""
    return Refusal(
        "unauthenticated",
        f"Le jeton présenté est refusé : {_REASONS.get(why, _OTHER_REASON)}.",
        error="invalid_token",
        error_description=why,
    )


def verify_own_claims(
    claims: Claims, token_type: object, *, issuer: str, audiences: frozenset[str], now: float
) -> VerifiedToken:
    """The content of an access token of the platform whose signature is verified.

    `token_type`: the `typ` of its header.
    `audiences`: its `aud` must contain one of them.
    `now`: POSIX seconds.

    Raises Refusal("unauthenticated").
    """
    if token_type not in _TYPES:
        raise invalid_token("not an access token")
    # Its expiry is from our own clock, and revocations are stored until then: no tolerance.
    until = _check_validity(claims, now, tolerance=0)
    if claims.get("iss") != issuer or _audiences(claims).isdisjoint(audiences):
        raise invalid_token("other audience")
    role, subject, token_id = _role(claims), _text(claims, "sub"), _text(claims, "jti")
    if role is None or subject is None or token_id is None:
        raise invalid_token("claims missing")
    grant = _text(claims, "grant")
    return VerifiedToken(
        Identity(
            role=role,
            subject=subject,
            scopes=_scopes(claims),
            client=_text(claims, "client_id"),
            organisation=_text(claims, "organisation"),
            patient=_text(claims, "patient"),
            means="bearer",
            until=until,
            practitioner=_text(claims, "practitioner"),
            related_person=_text(claims, "related_person"),
            professions=_text(claims, "professions"),
        ),
        (token_id,) if grant is None else (token_id, grant),
        until,
    )


def verify_outside_claims(
    claims: Claims, provider: Provider, pseudonym: str, *, now: float
) -> VerifiedToken:
    """The content of a trusted issuer's access token whose signature is verified.

    `pseudonym`: the platform's subject for its `sub`.
    `now`: POSIX seconds.

    Raises Refusal: `unauthenticated` if the token is not acceptable, `forbidden` if its bearer has
    no role here.
    """
    until = _check_validity(claims, now, tolerance=CLOCK_SKEW)
    if provider.bearer_audience is None or provider.bearer_audience not in _audiences(claims):
        raise invalid_token("other audience")
    if not provider.accepts_acr(claims):
        raise Refusal(
            "unauthenticated",
            "Ce moyen de connexion n'est pas assez sûr ; connectez-vous avec un niveau plus élevé.",
            error="insufficient_user_authentication",
            error_description="insufficient level of authentication",
            acr_values=" ".join(provider.acr),
        )
    role = provider.roles.role_of(claims)
    if role is None:
        raise Refusal("forbidden", "Votre compte n'a pas de rôle sur cette plateforme.")
    client = _text(claims, "client_id") or _text(claims, "azp")
    identity = Identity(
        role=role,
        subject=pseudonym,
        scopes=_scopes(claims),
        # Prefixed, so that no application of an issuer uses the plan of one registered here.
        client=client and f"{provider.id}:{client}",
        organisation=provider.organisation(claims),
        patient=provider.patient(claims),
        means="bearer",
        until=until,
        practitioner=provider.practitioner(claims),
        professions=provider.professions(claims),
    )
    return VerifiedToken(identity, (), until)


def _role(claims: Claims) -> Role | None:
    return next((role for role in _ROLES if role == claims.get("role")), None)


def get_subject(claims: Claims) -> str:
    """The `sub` claim. Raises Refusal("unauthenticated") without one."""
    subject = _text(claims, "sub")
    if subject is None:
        raise invalid_token("claims missing")
    return subject


def _check_validity(claims: Claims, now: float, *, tolerance: float) -> float:
    """The expiry of a token, in POSIX seconds. Raises Refusal if it is expired or not yet valid.

    `tolerance`: seconds for which an expired token is still accepted.
    """
    expires, starts = _timestamp(claims, "exp"), _timestamp(claims, "nbf", now)
    issued = _timestamp(claims, "iat")
    if now >= expires + tolerance:
        raise invalid_token("expired")
    if max(starts, issued) > now + CLOCK_SKEW:
        raise invalid_token("not yet valid")
    return expires


def _timestamp(claims: Claims, name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise invalid_token("claims missing")
    return float(value)


def _audiences(claims: Claims) -> frozenset[str]:
    value = claims.get("aud")
    values = value if isinstance(value, list) else [value]
    return frozenset(each for each in values if isinstance(each, str))


def _scopes(claims: Claims) -> frozenset[str]:
    value = claims.get("scope", "")
    return frozenset(value.split()) if isinstance(value, str) else frozenset()


def _text(claims: Claims, name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None

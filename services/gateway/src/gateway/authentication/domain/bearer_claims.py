"""Holding the claims of a bearer token to what its issuer promises, once its signature is proven.

https://www.rfc-editor.org/rfc/rfc9068#section-4 · https://www.rfc-editor.org/rfc/rfc8725
https://www.rfc-editor.org/rfc/rfc6750#section-3.1 · https://www.rfc-editor.org/rfc/rfc9470
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from gateway.authentication.domain.provider import GivenRole, Provider
from gateway.callers.domain.identity import Identity, Role
from socle.errors import Refusal

Claims = Mapping[str, Any]

SKEW: Final = 60.0  # seconds between two honest clocks
ACCESS_TYPE: Final = "at+jwt"
"""The `typ` of the door's own access tokens: what it signs for other ends is never one."""
_TYPES: Final = frozenset({ACCESS_TYPE, f"application/{ACCESS_TYPE}"})
_ROLES: Final[tuple[Role, ...]] = get_args(GivenRole)

_IN_FRENCH: Final = {
    "too large": "il est trop long",
    "expired": "il n'est plus valable, demandez-en un autre",
    "not yet valid": "il n'est pas encore valable",
    "revoked": "il a été révoqué",
    "unknown issuer": "son émetteur n'est pas reconnu ici",
    "other audience": "il est destiné à un autre service",
}
_ELSE: Final = "il n'est pas de ceux que nous acceptons"


@dataclass(frozen=True, slots=True)
class Judged:
    """A token that holds. `references`: the names by which it may be taken back; `until`: POSIX
    seconds."""

    identity: Identity
    references: tuple[str, ...]
    until: float


def bad_token(why: str) -> Refusal:
    """The refusal of a token. `why`: a few English words, told in the challenge of the answer."""
    return Refusal(
        "unauthenticated",
        f"Le jeton présenté est refusé : {_IN_FRENCH.get(why, _ELSE)}.",
        error="invalid_token",
        error_description=why,
    )


def own_identity(
    claims: Claims, kind: object, *, issuer: str, audiences: frozenset[str], now: float
) -> Judged:
    """Who bears an access token of ours. `kind`: the `typ` of its header; `now`: POSIX seconds.

    Raises Refusal.
    """
    if kind not in _TYPES:
        raise bad_token("not an access token")
    # Our own clock told its end, and what was taken back is remembered until then, not longer.
    until = _in_time(claims, now, late=0)
    if claims.get("iss") != issuer or _audiences(claims).isdisjoint(audiences):
        raise bad_token("other audience")
    role, subject, name = _role(claims), _text(claims, "sub"), _text(claims, "jti")
    if role is None or subject is None or name is None:
        raise bad_token("claims missing")
    grant = _text(claims, "grant")
    return Judged(
        Identity(
            role=role,
            subject=subject,
            scopes=_scopes(claims),
            client=_text(claims, "client_id"),
            organisation=_text(claims, "organisation"),
            patient=_text(claims, "patient"),
            means="bearer",
            until=until,
        ),
        (name,) if grant is None else (name, grant),
        until,
    )


def outside_identity(claims: Claims, provider: Provider, pseudonym: str, *, now: float) -> Judged:
    """Who bears an access token of a trusted issuer. `pseudonym`: of its subject, here.

    Raises Refusal.
    """
    until = _in_time(claims, now, late=SKEW)
    if provider.bearer_audience is None or provider.bearer_audience not in _audiences(claims):
        raise bad_token("other audience")
    if not provider.accepts_level(claims):
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
        # Its applications are not ours, whatever they are called: none of them has the plan of one
        # of ours, or spends it.
        client=client and f"{provider.id}:{client}",
        organisation=provider.organisation(claims),
        patient=provider.patient(claims),
        means="bearer",
        until=until,
    )
    return Judged(identity, (), until)


def _role(claims: Claims) -> Role | None:
    return next((role for role in _ROLES if role == claims.get("role")), None)


def subject_of(claims: Claims) -> str:
    """The issuer's own name of whoever bears the token. Raises Refusal without one."""
    subject = _text(claims, "sub")
    if subject is None:
        raise bad_token("claims missing")
    return subject


def _in_time(claims: Claims, now: float, *, late: float) -> float:
    """When the token ends. Raises Refusal outside its time."""
    ends, begins = _instant(claims, "exp"), _instant(claims, "nbf", now)
    issued = _instant(claims, "iat")
    if now >= ends + late:
        raise bad_token("expired")
    if max(begins, issued) > now + SKEW:
        raise bad_token("not yet valid")
    return ends


def _instant(claims: Claims, name: str, default: float | None = None) -> float:
    said = claims.get(name, default)
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
        raise bad_token("claims missing")
    return float(said)


def _audiences(claims: Claims) -> frozenset[str]:
    said = claims.get("aud")
    listed = said if isinstance(said, list) else [said]
    return frozenset(each for each in listed if isinstance(each, str))


def _scopes(claims: Claims) -> frozenset[str]:
    said = claims.get("scope", "")
    return frozenset(said.split()) if isinstance(said, str) else frozenset()


def _text(claims: Claims, name: str) -> str | None:
    said = claims.get(name)
    return said if isinstance(said, str) and said else None

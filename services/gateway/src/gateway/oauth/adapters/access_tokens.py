"""The gateway's own tokens for applications: ES256 with the keys of GATEWAY_KEYS.

An access token is a JWT (RFC 9068, `at+jwt`) for the FHIR base and the platform. Its claims are
those of the person's grant: `scope`, `patient`, `grant` (by which all tokens of a grant are
revoked), and how and when the person logged in (RFC 9068 §2.2.1), for step-up authentication.
ID tokens: OpenID Connect Core §2.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from joserfc import jwt

from gateway.authentication.domain.bearer_claims import ACCESS_TYPE
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.grants import Grant
from gateway.oauth.domain.scopes import FHIR_USER
from socle.auth import ALGORITHM, CompactToken, MalformedToken, SigningKeys
from socle.clock import Clock

_ID_TOKEN_SECONDS: Final = 300


class SignedAccessTokens:
    """Implements `AccessTokens`. `public`: the platform's address; `fhir`: the FHIR base."""

    def __init__(self, keys: SigningKeys, clock: Clock, *, public: str, fhir: str) -> None:
        self._keys, self._clock, self._public, self._fhir = keys, clock, public, fhir

    def issue(self, client: Client, grant: Grant, *, now: datetime) -> str:
        at = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._public,
            "aud": [self._fhir, self._public],
            "sub": grant.subject,
            "role": grant.role,
            "client_id": client.id,
            "scope": str(grant.scopes),
            "patient": grant.patient,
            "encounter": grant.encounter,
            "organisation": grant.organisation,
            "practitioner": _user_id(grant, "Practitioner"),
            "related_person": _user_id(grant, "RelatedPerson"),
            "professions": grant.professions,
            "plan": client.plan,
            "grant": grant.id,
            **self._login_claims(grant),
            "jti": secrets.token_urlsafe(16),
            "iat": at,
            "nbf": at,
            "exp": min(at + client.token_seconds, int(grant.until.timestamp())),
        }
        return self._sign(ACCESS_TYPE, claims)

    def issue_id(self, client: Client, grant: Grant, *, now: datetime) -> str:
        at = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._public,
            "aud": client.id,
            "sub": grant.subject,
            "nonce": grant.nonce,
            **self._login_claims(grant),
            "iat": at,
            "exp": at + _ID_TOKEN_SECONDS,
        }
        return self._sign("JWT", claims)

    def _login_claims(self, grant: Grant) -> dict[str, Any]:
        claims: dict[str, Any] = {"acr": grant.acr, "auth_time": grant.auth_time}
        if FHIR_USER in grant.scopes.plain and grant.fhir_user is not None:
            claims["fhirUser"] = f"{self._fhir}/{grant.fhir_user}"
        return claims

    def read(self, token: str) -> Mapping[str, Any] | None:
        try:
            compact = CompactToken(token.encode("ascii"))
            claims, now = compact.claims, self._clock.now().timestamp()
            key = self._keys.by_id[compact.kid or ""]
            # The clock of the replica that issued it may be a second ahead.
            in_time = claims["nbf"] <= now + 1 and now < claims["exp"]
            is_own = compact.header["typ"] == ACCESS_TYPE and claims["iss"] == self._public
        except (MalformedToken, UnicodeEncodeError, KeyError, TypeError):
            return None
        return claims if is_own and in_time and compact.is_signed_by(key, ALGORITHM) else None

    def _sign(self, token_type: str, claims: dict[str, Any]) -> str:
        header = {"alg": ALGORITHM, "kid": self._keys.signing_id, "typ": token_type}
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header, present, self._keys.signing, algorithms=[ALGORITHM])


def _user_id(grant: Grant, user_type: str) -> str | None:
    """The id of the Practitioner or RelatedPerson to whom records are open: the FHIR server needs
    it, also of one whose application did not request `fhirUser`."""
    resource_type, _, name = (grant.fhir_user or "").partition("/")
    return name if resource_type == user_type else None

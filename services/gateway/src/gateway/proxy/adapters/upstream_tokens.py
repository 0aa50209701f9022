"""The signed token that identifies a caller to a service: ES256, five minutes, one audience.

A signature costs more than all checks: the token of a caller for a service is cached for a minute,
so that the service verifies it once too (`socle.auth`).

The name of a person is in the tokens of the pages that display it, and in no other.
"""

from collections.abc import Mapping
from typing import Final

from joserfc import jwt

from gateway.callers.domain.identity import Identity
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Service
from socle.auth import ALGORITHM, ISSUER, LIFE_SECONDS, Caller, SigningKeys
from socle.clock import SystemClock

_CACHE_SECONDS: Final = 60.0
_MAX_CACHED: Final = 10_000
_Key = tuple[Service, Identity, str, tuple[tuple[str, str], ...], bool]

_GATEWAY: Final = Identity(role="house", subject="gateway")


class SignedUpstreamTokens:
    """Implements `UpstreamTokens`. Its times are the system clock's, even if the platform's time is
    simulated."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys, self._clock = keys, SystemClock()
        self._cached: dict[_Key, tuple[float, bytes]] = {}

    def issue(self, context: RequestContext) -> bytes:
        route = context.route
        return self._token(
            route.service,
            context.identity,
            context.plan,
            context.arms,
            with_name=route.discloses_name,
        )

    def issue_own(self, service: Service) -> bytes:
        return self._token(service, _GATEWAY, "house", {}, with_name=False)

    def issue_for(self, service: Service, identity: Identity) -> bytes:
        return self._token(service, identity, "registered", {}, with_name=False)

    def _token(
        self,
        service: Service,
        identity: Identity,
        plan: str,
        arms: Mapping[str, str],
        *,
        with_name: bool,
    ) -> bytes:
        key = (service, identity, plan, tuple(arms.items()), with_name)
        now = self._clock.monotonic()
        cached = self._cached.get(key)
        if cached is not None and now < cached[0]:
            return cached[1]
        if len(self._cached) >= _MAX_CACHED:
            self._cached.clear()
        token = self._sign(service, identity, plan, arms, identity.name if with_name else None)
        self._cached[key] = (now + _CACHE_SECONDS, token)
        return token

    def _sign(
        self,
        service: Service,
        identity: Identity,
        plan: str,
        arms: Mapping[str, str],
        name: str | None,
    ) -> bytes:
        now = int(self._clock.now().timestamp())
        caller = Caller(
            role=identity.role,
            subject=identity.subject,
            scopes=identity.scopes,
            client=identity.client,
            organisation=identity.organisation,
            patient=identity.patient,
            plan=plan,
            arms=arms,
            name=name,
            directory_entry=identity.fhir_user,
            professions=identity.professions,
        )
        claims = caller.claims() | {
            "iss": ISSUER,
            "aud": service,
            "iat": now,
            "nbf": now,
            "exp": now + LIFE_SECONDS,
        }
        header = {"alg": ALGORITHM, "kid": self._keys.signing_id}
        return jwt.encode(header, claims, self._keys.signing, algorithms=[ALGORITHM]).encode()

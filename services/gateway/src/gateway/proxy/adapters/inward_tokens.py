"""The token a service verifies: ES256, five minutes, one audience (`socle.auth` reads it).

A signature costs more than the rest of the judgement: the same caller gets the same token of the
same service for a minute, so that a service also verifies it once.
"""

from collections.abc import Mapping
from typing import Final

from joserfc import jwt

from gateway.callers.domain.identity import Identity
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Service
from socle.auth import ALGORITHM, ISSUER, LIFE_SECONDS, Caller, SigningKeys
from socle.clock import SystemClock

_KEPT_SECONDS: Final = 60.0
_MOST_KEPT: Final = 10_000
_Said = tuple[Service, Identity, str, tuple[tuple[str, str], ...]]

_HOUSE: Final = Identity(role="house", subject="gateway")


class SignedUpstreamTokens:
    """Implements `InwardTokens`. Times are the machine's, whatever the platform's clock tells."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys, self._clock = keys, SystemClock()
        self._kept: dict[_Said, tuple[float, bytes]] = {}

    def issue(self, context: RequestContext) -> bytes:
        return self._token(context.route.service, context.identity, context.plan, context.arms)

    def issue_own(self, service: Service) -> bytes:
        return self._token(service, _HOUSE, _HOUSE.role, {})

    def _token(
        self, service: Service, identity: Identity, plan: str, arms: Mapping[str, str]
    ) -> bytes:
        said = (service, identity, plan, tuple(arms.items()))
        now = self._clock.monotonic()
        kept = self._kept.get(said)
        if kept is not None and now < kept[0]:
            return kept[1]
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        token = self._sign(service, identity, plan, arms)
        self._kept[said] = (now + _KEPT_SECONDS, token)
        return token

    def _sign(
        self, service: Service, identity: Identity, plan: str, arms: Mapping[str, str]
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

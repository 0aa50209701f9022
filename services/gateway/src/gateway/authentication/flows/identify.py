"""Authentication by a bearer token (RFC 6750).

A token that a caller presents is verified on every route, open ones included: an invalid one is
refused. https://www.rfc-editor.org/rfc/rfc6750#section-2.1

While the list of revocations may be incomplete, the bearer of a token of the platform is
anonymous: open routes answer, others are refused as unavailable.
"""

import hashlib
from typing import Final

from gateway.authentication.domain.bearer_claims import VerifiedToken, invalid_token
from gateway.authentication.ports import Revocations, TokenVerifier
from gateway.routes.domain.request_context import RequestContext
from socle.clock import Clock, SystemClock
from socle.errors import Refusal

_CACHE_SECONDS: Final = 60.0
_MAX_CACHED: Final = 20_000
_SCHEME: Final = b"bearer"


def token_status_unknown() -> Refusal:
    """The refusal while the list of revocations may be incomplete."""
    return Refusal(
        "unavailable",
        "Les jetons ne peuvent pas être vérifiés pour l'instant. Réessayez dans quelques instants.",
        retry_after=5,
    )


class AuthenticateBearer:
    """The stage that identifies the bearer of a token.

    Verifying a signature costs more than all other stages, so a verified token is cached by its
    SHA-256 for a minute, or until it expires. Revocations are checked each time.
    """

    def __init__(self, verifier: TokenVerifier, revocations: Revocations) -> None:
        self._verifier, self._revocations = verifier, revocations
        # Tokens expire by the system clock, whatever the platform's clock is set to.
        self._clock: Clock = SystemClock()
        self._verified: dict[bytes, tuple[float, VerifiedToken]] = {}

    async def __call__(self, context: RequestContext) -> None:
        """Write the identity of the bearer token, if any, to the context.

        Raises Refusal: as `TokenVerifier.verify`, `unauthenticated` for a revoked token, and
        `unavailable` on a closed route while revocations may have been missed.
        """
        authorization = context.headers.get(b"authorization")
        # A service with keys of its own verifies `Authorization` itself.
        if authorization is None or context.route.credentials:
            return
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != _SCHEME:
            return
        verified = await self._verify(token.strip(b" "))
        if verified.references and self._revocations.is_revoked(*verified.references):
            raise invalid_token("revoked")
        if verified.references and not self._revocations.is_current():
            context.identity_unknown = True
            if not context.route.access.open:
                raise token_status_unknown()
            return
        context.identity = verified.identity

    async def _verify(self, token: bytes) -> VerifiedToken:
        now = self._clock.now().timestamp()
        digest = hashlib.sha256(token).digest()
        cached = self._verified.get(digest)
        if cached is not None and now < cached[0]:
            return cached[1]
        verified = await self._verifier.verify(token)
        if len(self._verified) >= _MAX_CACHED:
            self._verified.clear()
        self._verified[digest] = (min(verified.until, now + _CACHE_SECONDS), verified)
        return verified

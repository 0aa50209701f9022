"""Who calls, by the token they bear.

A caller who presents a token wants it judged: a bad one is refused on any route, open ones too.
https://www.rfc-editor.org/rfc/rfc6750#section-2.1

Where it cannot be known whether a token was taken back, its bearer is nobody: what is open goes on,
the rest says that it cannot be used now.
"""

import hashlib
from typing import Final

from gateway.authentication.domain.bearer_claims import Judged, bad_token
from gateway.authentication.ports import Bearers, Revocations
from gateway.routes.domain.request_context import Visit
from socle.clock import Clock, SystemClock
from socle.errors import Refusal

_KEPT_SECONDS: Final = 60.0
_MOST_KEPT: Final = 20_000
_SCHEME: Final = b"bearer"


def cannot_know() -> Refusal:
    """Whether a token was taken back cannot be known now."""
    return Refusal(
        "unavailable",
        "Les jetons ne peuvent pas être vérifiés pour l'instant. Réessayez dans quelques instants.",
        retry_after=5,
    )


class Identify:
    """A stage. Proving a signature costs more than the rest of the way: a token that held is kept
    for a minute, or its end, by its SHA-256. What was taken back is looked up each time.
    """

    def __init__(self, bearers: Bearers, revocations: Revocations) -> None:
        self._bearers, self._revocations = bearers, revocations
        # Tokens end by the machine's clock, whatever the platform's tells.
        self._clock: Clock = SystemClock()
        self._kept: dict[bytes, tuple[float, Judged]] = {}

    async def __call__(self, visit: Visit) -> None:
        """Write in the visit whom its token names, if it has one. Raises Refusal."""
        said = visit.named.get(b"authorization")
        # Where a service has keys of its own, what stands there is for it to judge.
        if said is None or visit.route.credentials:
            return
        scheme, _, token = said.partition(b" ")
        if scheme.lower() != _SCHEME:
            return
        judged = await self._judge(token.strip(b" "))
        if judged.references and self._revocations.revoked(*judged.references):
            raise bad_token("revoked")
        if judged.references and not self._revocations.sure():
            visit.unknown = True
            if not visit.route.access.open:
                raise cannot_know()
            return
        visit.identity = judged.identity

    async def _judge(self, token: bytes) -> Judged:
        now = self._clock.now().timestamp()
        digest = hashlib.sha256(token).digest()
        kept = self._kept.get(digest)
        if kept is not None and now < kept[0]:
            return kept[1]
        judged = await self._bearers.judge(token)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[digest] = (min(judged.until, now + _KEPT_SECONDS), judged)
        return judged

"""Bearer tokens, proven: the door's own access tokens, and those of providers trusted with it.

The issuer a token names decides which keys and algorithms are looked at, and nothing else of it is
believed before its signature is proven.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from gateway.authentication.domain.bearer_claims import (
    Judged,
    bad_token,
    outside_identity,
    own_identity,
    subject_of,
)
from gateway.authentication.domain.provider import Provider
from socle.auth import ALGORITHM, Compact, Malformed, PublicKey, SigningKeys
from socle.clock import SystemClock


class ProviderKeys(Protocol):
    """The public keys of providers, kept."""

    async def key(self, provider: Provider, kid: str | None) -> PublicKey | None:
        """The key of that id. Raises Refusal("unavailable") when none was ever read."""
        ...


class BearerTokens:
    """Implements `Bearers`. `issuer`: where callers reach the platform, which is what its own
    tokens say; `audiences`: what they may be made out to. `pseudonym`: of an issuer's subject.
    Times are the machine's, whatever the platform's clock tells: issuers know no other.
    """

    def __init__(
        self,
        signing: SigningKeys,
        *,
        issuer: str,
        audiences: Iterable[str],
        providers: Iterable[Provider],
        keys: ProviderKeys,
        pseudonym: Callable[[str, str], str],
    ) -> None:
        self._own, self._issuer, self._audiences = signing, issuer, frozenset(audiences)
        self._keys, self._pseudonym, self._clock = keys, pseudonym, SystemClock()
        self._providers: Mapping[str, Provider] = {
            each.issuer: each for each in providers if each.bearer_audience is not None
        }

    async def judge(self, token: bytes) -> Judged:
        try:
            compact = Compact(token)
        except Malformed as malformed:
            raise bad_token(str(malformed)) from None
        issuer = compact.claims.get("iss")
        if not isinstance(issuer, str):
            raise bad_token("unknown issuer")
        if issuer == self._issuer:
            return self._own_token(compact)
        provider = self._providers.get(issuer)
        if provider is None:
            raise bad_token("unknown issuer")
        return await self._outside_token(compact, provider)

    def _own_token(self, compact: Compact) -> Judged:
        _prove(compact, self._own.by_id.get(compact.kid or ""), ALGORITHM)
        return own_identity(
            compact.claims,
            compact.header.get("typ"),
            issuer=self._issuer,
            audiences=self._audiences,
            now=self._now(),
        )

    async def _outside_token(self, compact: Compact, provider: Provider) -> Judged:
        if compact.algorithm not in provider.algorithms:
            raise bad_token("unacceptable algorithm")
        if compact.kid is None:
            raise bad_token("unknown key")
        _prove(compact, await self._keys.key(provider, compact.kid), compact.algorithm)
        pseudonym = self._pseudonym(provider.issuer, subject_of(compact.claims))
        return outside_identity(compact.claims, provider, pseudonym, now=self._now())

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _prove(compact: Compact, key: PublicKey | None, algorithm: str) -> None:
    """Raises Refusal unless that key made the token, with that algorithm."""
    if compact.algorithm != algorithm:
        raise bad_token("unacceptable algorithm")
    if key is None:
        raise bad_token("unknown key")
    if not compact.is_signed_by(key, algorithm):
        raise bad_token("bad signature")

"""Bearer tokens, verified: the gateway's own access tokens, and those of trusted providers.

The issuer named in a token only selects the keys and algorithms; no other claim is used before the
signature is verified.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from gateway.authentication.domain.bearer_claims import (
    VerifiedToken,
    get_subject,
    invalid_token,
    verify_outside_claims,
    verify_own_claims,
)
from gateway.authentication.domain.provider import Provider
from socle.auth import ALGORITHM, CompactToken, MalformedToken, PublicKey, SigningKeys
from socle.clock import SystemClock


class ProviderKeys(Protocol):
    """The public keys of providers, cached."""

    async def key(self, provider: Provider, kid: str | None) -> PublicKey | None:
        """The key of that id, or without an id the only key; None if there is no such key.

        Raises Refusal("unavailable") if the keys could never be fetched.
        """
        ...


class BearerTokenVerifier:
    """Implements `TokenVerifier`.

    `signing`: the platform's keys, which sign its own tokens.
    `issuer`: the platform's public address, the `iss` of its own tokens.
    `audiences`: the accepted `aud` of its own tokens.
    `providers`: those with a `bearer_audience` have their access tokens accepted.
    `pseudonym`: the platform's subject for an issuer and its `sub`.

    Expiry is checked against the system clock, which issuers use too.
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

    async def verify(self, token: bytes) -> VerifiedToken:
        try:
            compact = CompactToken(token)
        except MalformedToken as malformed:
            raise invalid_token(str(malformed)) from None
        issuer = compact.claims.get("iss")
        if not isinstance(issuer, str):
            raise invalid_token("unknown issuer")
        if issuer == self._issuer:
            return self._verify_own(compact)
        provider = self._providers.get(issuer)
        if provider is None:
            raise invalid_token("unknown issuer")
        return await self._verify_outside(compact, provider)

    def _verify_own(self, compact: CompactToken) -> VerifiedToken:
        _verify_signature(compact, self._own.by_id.get(compact.kid or ""), ALGORITHM)
        return verify_own_claims(
            compact.claims,
            compact.header.get("typ"),
            issuer=self._issuer,
            audiences=self._audiences,
            now=self._now(),
        )

    async def _verify_outside(self, compact: CompactToken, provider: Provider) -> VerifiedToken:
        if compact.algorithm not in provider.algorithms:
            raise invalid_token("unacceptable algorithm")
        if compact.kid is None:
            raise invalid_token("unknown key")
        _verify_signature(compact, await self._keys.key(provider, compact.kid), compact.algorithm)
        pseudonym = self._pseudonym(provider.issuer, get_subject(compact.claims))
        return verify_outside_claims(compact.claims, provider, pseudonym, now=self._now())

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _verify_signature(compact: CompactToken, key: PublicKey | None, algorithm: str) -> None:
    """Raises Refusal unless that key signed the token with that algorithm."""
    if compact.algorithm != algorithm:
        raise invalid_token("unacceptable algorithm")
    if key is None:
        raise invalid_token("unknown key")
    if not compact.is_signed_by(key, algorithm):
        raise invalid_token("bad signature")

"""API keys: registration, rotation, revocation.

A key is displayed once; only its digest is stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from gateway.quotas.domain.account import TERMS, Account, KeyFacts
from gateway.quotas.domain.api_key import ENTROPY_BYTES, ApiKey, compose_key, digest, well_formed
from gateway.quotas.ports import KeyStore
from socle.clock import Clock
from socle.errors import Refusal

LONGEST_OVERLAP: Final = 168
"""The longest overlap of a replaced key, in hours."""


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A request for an account and its first key."""

    name: str
    organisation: str
    email: str
    purpose: str
    """What the key is for."""
    terms: str
    """The accepted version of the terms."""
    services: frozenset[str] = frozenset()
    """The services that the key opens; empty for all."""
    expires_at: datetime | None = None


class ApiKeyManager:
    """Registration, rotation and revocation of keys.

    `entropy`: makes that many random bytes.
    `known_services`: those that a key may be limited to.
    """

    def __init__(
        self,
        store: KeyStore,
        *,
        clock: Clock,
        entropy: Callable[[int], bytes],
        known_services: frozenset[str],
    ) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy
        self.known_services = known_services

    async def register(self, request: KeyRequest) -> tuple[str, ApiKey]:
        """Create an account and its key. Returns the key, and the key as it is stored.

        Raises Refusal("invalid") for other terms, an unknown service or a past expiry, and Retry.
        """
        if request.terms != TERMS:
            raise Refusal(
                "invalid",
                "Les conditions d'utilisation en vigueur doivent être acceptées "
                f"(version {TERMS}, /auth/conditions).",
                terms=TERMS,
            )
        if unknown := request.services - self.known_services:
            raise Refusal(
                "invalid",
                f"Services inconnus : {', '.join(sorted(unknown))}.",
                known=sorted(self.known_services),
            )
        if request.expires_at is not None and request.expires_at <= self._clock.now():
            raise Refusal("invalid", "La date d'expiration est déjà passée.")
        account = Account(
            self._new_id(),
            request.name,
            request.organisation,
            request.email,
            request.purpose,
            TERMS,
        )
        stored = ApiKey(
            self._new_id(), account.id, "registered", request.services, request.expires_at
        )
        key = self._new_key()
        await self._store.open(account, stored, digest(key))
        return key, stored

    async def authenticate(self, presented: str) -> ApiKey:
        """The stored key of a presented one. Raises Refusal("unauthenticated"), Retry."""
        found = await self._store.find(digest(presented)) if well_formed(presented) else None
        if found is None or (found.expires_at and found.expires_at <= self._clock.now()):
            raise Refusal(
                "unauthenticated",
                "Cette clé n'est pas valable : mal recopiée, expirée ou révoquée.",
            )
        return found

    async def list(self, key: ApiKey) -> Sequence[KeyFacts]:
        """The keys of the same account."""
        return await self._store.list(key.account)

    async def rotate(self, old: ApiKey, *, overlap_hours: int) -> tuple[str, ApiKey]:
        """Create a key like `old`, which stays valid for the overlap. Returns as `register` does.

        Raises Refusal("invalid") for an overlap above LONGEST_OVERLAP, and Retry.
        """
        if not 0 <= overlap_hours <= LONGEST_OVERLAP:
            raise Refusal(
                "invalid", f"L'ancienne clé peut servir encore de 0 à {LONGEST_OVERLAP} heures."
            )
        key, stored = self._new_key(), replace(old, id=self._new_id())
        ends = self._clock.now() + timedelta(hours=overlap_hours)
        await self._store.replace(old, ends, stored, digest(key))
        return key, stored

    async def revoke(self, key: ApiKey) -> None:
        """Revoke a key, on every replica within seconds."""
        await self._store.revoke(key)

    def _new_key(self) -> str:
        return compose_key(self._entropy(ENTROPY_BYTES))

    def _new_id(self) -> str:
        return self._entropy(8).hex()

"""An account's keys: taken, replaced, given up. A key is shown once; its digest alone is kept."""

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
"""Hours that a replaced key may still be used, at most."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for. `terms`: the version accepted; `services`: what the key is to open,
    empty for all."""

    name: str
    organisation: str
    email: str
    purpose: str
    terms: str
    services: frozenset[str] = frozenset()
    expires_at: datetime | None = None


class KeyKeeper:
    """`entropy`: that many bytes by chance. `known_services`: what a key may be limited to."""

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

    async def register(self, wanted: Wanted) -> tuple[str, ApiKey]:
        """A new account and its key, to be shown once. Raises Refusal("invalid"), Retry."""
        if wanted.terms != TERMS:
            raise Refusal(
                "invalid",
                "Les conditions d'utilisation en vigueur doivent être acceptées "
                f"(version {TERMS}, /auth/conditions).",
                terms=TERMS,
            )
        if unknown := wanted.services - self.known_services:
            raise Refusal(
                "invalid",
                f"Services inconnus : {', '.join(sorted(unknown))}.",
                known=sorted(self.known_services),
            )
        if wanted.expires_at is not None and wanted.expires_at <= self._clock.now():
            raise Refusal("invalid", "La date d'expiration est déjà passée.")
        account = Account(
            self._id(), wanted.name, wanted.organisation, wanted.email, wanted.purpose, TERMS
        )
        facts = ApiKey(self._id(), account.id, "registered", wanted.services, wanted.expires_at)
        key = self._new()
        await self._store.open(account, facts, digest(key))
        return key, facts

    async def own(self, presented: str) -> ApiKey:
        """The key that is presented. Raises Refusal("unauthenticated"), Retry."""
        found = await self._store.find(digest(presented)) if well_formed(presented) else None
        if found is None or (found.expires_at and found.expires_at <= self._clock.now()):
            raise Refusal(
                "unauthenticated",
                "Cette clé n'est pas valable : mal recopiée, expirée ou révoquée.",
            )
        return found

    async def list(self, key: ApiKey) -> Sequence[KeyFacts]:
        """The keys of its account."""
        return await self._store.list(key.account)

    async def rotate(self, old: ApiKey, *, overlap_hours: int) -> tuple[str, ApiKey]:
        """A new key like `old`, which still serves for that long."""
        if not 0 <= overlap_hours <= LONGEST_OVERLAP:
            raise Refusal(
                "invalid", f"L'ancienne clé peut servir encore de 0 à {LONGEST_OVERLAP} heures."
            )
        key, facts = self._new(), replace(old, id=self._id())
        ends = self._clock.now() + timedelta(hours=overlap_hours)
        await self._store.replace(old, ends, facts, digest(key))
        return key, facts

    async def revoke(self, key: ApiKey) -> None:
        """It is none any more, within seconds everywhere."""
        await self._store.revoke(key)

    def _new(self) -> str:
        return compose_key(self._entropy(ENTROPY_BYTES))

    def _id(self) -> str:
        return self._entropy(8).hex()

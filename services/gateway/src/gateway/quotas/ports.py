"""What quotas need of the outside: shared buckets and streams, API keys and accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.quotas.domain.account import Account, KeyFacts
from gateway.quotas.domain.api_key import ApiKey
from gateway.quotas.domain.plans import Allowance
from gateway.quotas.domain.token_bucket import BucketExchange, BucketGrant
from gateway.routes.domain.plan_names import PlanClass


@dataclass(frozen=True, slots=True)
class BucketQuery:
    """One exchange with the bucket of an account and a class."""

    account: str
    plan_class: PlanClass
    allowance: Allowance
    exchange: BucketExchange


class SharedBuckets(Protocol):
    """The buckets that all replicas share; their grants never exceed an allowance."""

    async def take(self, queries: Sequence[BucketQuery]) -> Sequence[BucketGrant]:
        """Exchange with several buckets, each account and class once; the grants in the same order.

        An empty list only checks whether the buckets are reachable. Raises Retry.
        """
        ...

    async def tidy(self) -> None:
        """Delete buckets that were not used for a day, and so are full again. Raises Retry."""
        ...


class SharedStreams(Protocol):
    """The open streams of each account, on all replicas."""

    async def open(self, account: str, here: int, *, max_streams: int) -> bool:
        """Record `here` open streams of the account on this replica, unless it would have more
        than `max_streams` on all replicas; whether they were recorded. Raises Retry."""
        ...

    async def report(self, here: Mapping[str, int]) -> None:
        """Record that this replica is alive and its open streams by account. Raises Retry."""
        ...


class Keys(Protocol):
    """The API keys."""

    async def find(self, sha256: str) -> ApiKey | None:
        """The key of that digest that is not revoked, or None. Raises Retry."""
        ...

    async def changed(self) -> Sequence[str]:
        """The digests of the keys that changed recently, at least since the last call.
        Raises Retry."""
        ...


class Accounts(Protocol):
    """The accounts and their keys. Every call may raise Retry."""

    async def open(self, account: Account, key: ApiKey, sha256: str) -> None:
        """Store a new account and its first key, by its digest."""
        ...

    async def replace(self, old: ApiKey, ends: datetime, key: ApiKey, sha256: str) -> None:
        """Store a new key of the account of `old`, and let `old` expire at `ends` at the latest."""
        ...

    async def revoke(self, key: ApiKey) -> None:
        """Revoke a key."""
        ...

    async def list(self, account: str) -> Sequence[KeyFacts]:
        """The keys of an account, the newest first."""
        ...


class KeyStore(Keys, Accounts, Protocol):
    """Keys and accounts, in one database."""

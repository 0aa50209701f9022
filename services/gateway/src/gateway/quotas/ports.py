"""What plans ask of the outside: buckets and streams shared by all replicas, keys and accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.quotas.domain.account import Account, KeyFacts
from gateway.quotas.domain.api_key import ApiKey
from gateway.quotas.domain.plans import Allowance
from gateway.quotas.domain.token_bucket import Ask, Granted
from gateway.routes.domain.plan_names import PlanClass


@dataclass(frozen=True, slots=True)
class Asking:
    """What one bucket is told and asked: whose it is, what it holds, and `ask`."""

    account: str
    plan_class: PlanClass
    allowance: Allowance
    ask: Ask


class SharedBuckets(Protocol):
    """The buckets all replicas share. What they grant together never passes an allowance."""

    async def take(self, asked: Sequence[Asking]) -> Sequence[Granted]:
        """Tell and ask, several at once, each account and class once; answers in their order.
        Nothing asked: find out whether they are there. Raises Retry."""
        ...

    async def tidy(self) -> None:
        """Forget what no longer matters. Raises Retry."""
        ...


class SharedStreams(Protocol):
    """How many endless answers each account has open, all replicas together."""

    async def open(self, account: str, here: int, *, most: int) -> bool:
        """Count `here` open streams of that account in this replica, unless the account would
        have more than `most`. Raises Retry."""
        ...

    async def tell(self, here: Mapping[str, int]) -> None:
        """This replica lives, and has these open, all told (0: no more). Raises Retry."""
        ...


class Keys(Protocol):
    """The API keys that were given out."""

    async def find(self, sha256: str) -> ApiKey | None:
        """The key of that digest, None where there is none that was not revoked. Raises Retry."""
        ...

    async def changed(self) -> Sequence[str]:
        """The digests of the keys that changed of late: more than since the last call, never less.
        Raises Retry."""
        ...


class Accounts(Protocol):
    """Who took which keys. Every call may raise Retry."""

    async def open(self, account: Account, key: ApiKey, sha256: str) -> None:
        """Keep a new account and its first key, of that digest."""
        ...

    async def replace(self, old: ApiKey, ends: datetime, key: ApiKey, sha256: str) -> None:
        """Keep a new key of the account of `old`, which ends then at the latest."""
        ...

    async def revoke(self, key: ApiKey) -> None:
        """That key is none any more."""
        ...

    async def list(self, account: str) -> Sequence[KeyFacts]:
        """The keys of an account, the newest first."""
        ...


class KeyStore(Keys, Accounts, Protocol):
    """Both, which are one database."""

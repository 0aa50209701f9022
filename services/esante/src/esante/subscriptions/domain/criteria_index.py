"""The index of criteria: which subscriptions a resource can match, without trying each.

Each criterion is found by its type, then by one equality that every match must meet: a reference
(a patient) or a token (a code). Of several, the one that fewest others are found by is taken. The
criteria without any are tried for every resource of their type.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from esante.search.domain.query.criteria import (
    AllOf,
    AnyOf,
    Criterion,
    Ids,
    MainCode,
    References,
    SelfReference,
    Tokens,
)
from esante.search.domain.query.matcher import IndexedResource, matches, needs_keys_alone
from esante.store.domain.index_keys import self_key
from esante.subscriptions.domain.subscription import Matchable

_EVERY: Final = 0
"""The key under which criteria without an equality are found."""


@dataclass(slots=True)
class _Bucket:
    """The subscriptions to one type, by the keys that they are found by."""

    by_key: dict[int, dict[str, tuple[Criterion, bool]]] = field(default_factory=dict)
    """Of each criterion, also whether it needs keys alone (`needs_keys_alone`)."""

    def size(self, keys: Iterable[int]) -> int:
        return sum(len(self.by_key.get(each, ())) for each in keys)


class CriteriaIndex:
    """The criteria of all subscriptions."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._places: dict[str, tuple[str, tuple[int, ...]]] = {}
        self._revisions: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._places)

    def put(self, subscription: Matchable, resource_type: str, criterion: Criterion) -> None:
        """Add a subscription, or replace its criterion."""
        self.remove(subscription.id)
        bucket = self._buckets.setdefault(resource_type, _Bucket())
        keys = min(_equalities(resource_type, criterion), key=bucket.size, default=(_EVERY,))
        entry = criterion, needs_keys_alone(criterion)
        for each in keys:
            bucket.by_key.setdefault(each, {})[subscription.id] = entry
        self._places[subscription.id] = resource_type, keys
        self._revisions[subscription.id] = subscription.revision

    def remove(self, subscription_id: str) -> None:
        """Remove a subscription, if it is there."""
        self._revisions.pop(subscription_id, None)
        resource_type, keys = self._places.pop(subscription_id, ("", ()))
        for each in keys:
            of_key = self._buckets[resource_type].by_key[each]
            del of_key[subscription_id]
            if not of_key:
                del self._buckets[resource_type].by_key[each]

    def has_type(self, resource_type: str) -> bool:
        """Whether a subscription is to that type."""
        bucket = self._buckets.get(resource_type)
        return bucket is not None and bool(bucket.by_key)

    def find_matches(self, resource: IndexedResource) -> dict[str, int]:
        """The subscriptions that the resource matches: id → revision."""
        return {
            subscription_id: self._revisions[subscription_id]
            for subscription_id, (criterion, _) in self._candidates(resource).items()
            if matches(criterion, resource)
        }

    def find_by_keys(self, resource: IndexedResource) -> dict[str, int] | None:
        """As `find_matches`; None if that needs more than the keys of the resource.

        `resource`: with its `tokens` and `refs` alone.
        """
        candidates = self._candidates(resource)
        if not all(of_keys for _, of_keys in candidates.values()):
            return None
        return {
            subscription_id: self._revisions[subscription_id]
            for subscription_id, (criterion, _) in candidates.items()
            if matches(criterion, resource)
        }

    def _candidates(self, resource: IndexedResource) -> dict[str, tuple[Criterion, bool]]:
        """The subscriptions that are found by one of its keys."""
        bucket = self._buckets.get(resource.type)
        found: dict[str, tuple[Criterion, bool]] = {}
        if bucket is not None:
            for key in _keys_of(resource):
                if (of_key := bucket.by_key.get(key)) is not None:
                    found |= of_key
        return found


def has_equality(resource_type: str, criterion: Criterion) -> bool:
    """Whether a criterion is found by an equality, and not tried for every resource of its type."""
    return bool(_equalities(resource_type, criterion))


def _keys_of(resource: IndexedResource) -> Iterator[int]:
    yield _EVERY
    yield self_key(resource.type, resource.id)
    yield from resource.indexed.refs
    yield from resource.indexed.tokens


def _equalities(resource_type: str, criterion: Criterion) -> list[tuple[int, ...]]:
    """The sets of keys of which every match has one, references first."""
    found = sorted(_conjuncts(resource_type, criterion))
    return [keys for _, keys in found]


def _conjuncts(resource_type: str, criterion: Criterion) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(order of preference, keys) of each equality that the criterion demands."""
    match criterion:
        case AllOf(of):
            for each in of:
                yield from _conjuncts(resource_type, each)
        case AnyOf(of):
            branches = [_equalities(resource_type, each) for each in of]
            if branches and all(branches):
                yield 3, tuple(dict.fromkeys(key for each in branches for key in each[0]))
        case SelfReference(keys):
            yield 0, keys
        case Ids(ids):
            yield 0, tuple(self_key(resource_type, each) for each in ids)
        case References(elements):
            yield 1, elements
        case Tokens() | MainCode():
            yield 2, criterion.elements

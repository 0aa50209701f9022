"""The statements of each address of a feed about each entity, the selected ones, and changes.

An entity is a run, a vehicle or an alert. An address sends all its entities each time
(FULL_DATASET), so an entity missing from its message no longer exists for it; the statements of
the feed's other addresses are not affected.
https://gtfs.org/documentation/realtime/reference/#enum-incrementality
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)


@dataclass(frozen=True, slots=True)
class SourceStatement(Generic[C_co]):
    """The statement of one address about one entity."""

    source: int
    """The number of the address in its feed."""
    timestamp: int
    """Of the entity, in POSIX seconds; 0 if it has none."""
    content: C_co
    """It is compared to find changes, so it must not contain meaningless variation such as the
    number of the entity in its message."""


@dataclass(frozen=True, slots=True)
class EntityChange(Generic[K, C]):
    """A change of the selected statement about one entity."""

    key: K
    before: SourceStatement[C] | None
    """None for a new entity."""
    after: SourceStatement[C] | None
    """None for an entity that no longer exists."""


@dataclass(frozen=True, slots=True)
class EntityState(Generic[K, C]):
    """The statements of every address of one feed, and the selected one per entity. Immutable.

    Keys of runs are shared between addresses; keys of vehicles and alerts contain the address.
    If several addresses have a statement about a run, one of an address in `authority` is
    selected, then one that is not `silent`, then the latest timestamp, then the address declared
    first.
    """

    by_source: Mapping[int, Mapping[K, SourceStatement[C]]] = field(default_factory=dict)
    """The statements of each address, by its number."""
    silent: frozenset[int] = frozenset()
    """Addresses without new data for too long."""
    authority: frozenset[int] = frozenset()
    """Addresses with decisions by people."""
    selected: Mapping[K, SourceStatement[C]] = field(default_factory=dict)
    """The selected statement of each entity."""

    def with_source(
        self, source: int, statements: Mapping[K, SourceStatement[C]]
    ) -> "EntityState[K, C]":
        """The state in which `source` has exactly these statements."""
        by_source = {**self.by_source, source: statements}
        # A dict preserves the order of the message.
        touched = dict.fromkeys([*self.by_source.get(source, ()), *statements])
        return self._with_selection(replace(self, by_source=by_source), touched)

    def without_source(self, source: int) -> "EntityState[K, C]":
        """The state without `source`."""
        by_source = {
            index: statements for index, statements in self.by_source.items() if index != source
        }
        without = replace(self, by_source=by_source, silent=self.silent - {source})
        return self._with_selection(without, self.by_source.get(source, ()))

    def with_silence(self, source: int, *, silent: bool) -> "EntityState[K, C]":
        """The state in which `source` is, or is not, silent for too long."""
        if silent == (source in self.silent):
            return self
        silent_sources = self.silent | {source} if silent else self.silent - {source}
        return self._with_selection(
            replace(self, silent=silent_sources), self.by_source.get(source, ())
        )

    def with_authority(self, sources: frozenset[int]) -> "EntityState[K, C]":
        """The state in which exactly those addresses take precedence."""
        touched = dict.fromkeys(
            key for source in sources ^ self.authority for key in self.by_source.get(source, ())
        )
        return self._with_selection(replace(self, authority=sources), touched)

    def changes(self, before: "EntityState[K, C]") -> list[EntityChange[K, C]]:
        """The changes from `before` to this state: new and changed entities first, then those
        that no longer exist."""
        changed = [
            EntityChange(key, before.selected.get(key), after)
            for key, after in self.selected.items()
            if not _same(before.selected.get(key), after)
        ]
        vanished = [
            EntityChange(key, statement, None)
            for key, statement in before.selected.items()
            if key not in self.selected
        ]
        return changed + vanished

    def selected_from(self, source: int) -> list[K]:
        """The entities for which the statement of `source` is selected."""
        statements = self.by_source.get(source, {})
        return [key for key in statements if self.selected[key].source == source]

    def _with_selection(
        self, changed: "EntityState[K, C]", touched: Iterable[K]
    ) -> "EntityState[K, C]":
        """The state `changed`, with the statements about the `touched` entities selected anew."""
        selected = dict(self.selected)
        for key in touched:
            best = changed._best(key)
            if best is None:
                selected.pop(key, None)
            else:
                selected[key] = best
        return replace(changed, selected=selected)

    def _rank(self, statement: SourceStatement[C]) -> tuple[bool, bool, int, int]:
        source = statement.source
        return source in self.authority, source not in self.silent, statement.timestamp, -source

    def _best(self, key: K) -> SourceStatement[C] | None:
        statements = (
            statements_by_key[key]
            for statements_by_key in self.by_source.values()
            if key in statements_by_key
        )
        return max(
            statements,
            key=self._rank,
            default=None,
        )


def _same(before: SourceStatement[C] | None, after: SourceStatement[C]) -> bool:
    """Whether followers need no update. Another address is a change: it determines the age."""
    return before is not None and before.source == after.source and before.content == after.content

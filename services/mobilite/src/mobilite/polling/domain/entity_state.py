"""What the addresses of one feed say of each thing, and what changed since the last round.

A thing is a run, a vehicle or an alert. An address sends everything it knows each time
(FULL_DATASET), so a thing it no longer names has vanished; what other addresses of the feed say
stays untouched.
https://gtfs.org/documentation/realtime/reference/#enum-incrementality
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Statement(Generic[C_co]):
    """What one address says of one thing.

    `timestamp` is the update's own (POSIX seconds), 0 when it has none. `content` is compared, so
    it must not hold what changes without meaning, such as the entity's number.
    """

    source: int
    timestamp: int
    content: C_co


@dataclass(frozen=True, slots=True)
class Change(Generic[K, C]):
    """A thing whose word has changed: `before` is None when it is new, `after` when it vanished."""

    key: K
    before: Statement[C] | None
    after: Statement[C] | None


@dataclass(frozen=True, slots=True)
class Round(Generic[K, C]):
    """The present word on every thing of one feed. Immutable.

    Keys of runs are shared between addresses; those of vehicles and alerts name their address, so
    that only one ever speaks of each. Where several speak of one run, the one with the latest
    timestamp is believed, then the one declared first; an address gone silent is believed last.
    What an address of `authority` says (people, who decide) goes before all that others say.
    """

    by_source: Mapping[int, Mapping[K, Statement[C]]] = field(default_factory=dict)
    silent: frozenset[int] = frozenset()
    authority: frozenset[int] = frozenset()
    believed: Mapping[K, Statement[C]] = field(default_factory=dict)

    def with_source(self, source: int, statements: Mapping[K, Statement[C]]) -> "Round[K, C]":
        """The round in which `source` says `statements` and nothing else."""
        by_source = {**self.by_source, source: statements}
        # A dict keeps the order of the message.
        touched = dict.fromkeys([*self.by_source.get(source, ()), *statements])
        return self._judged(replace(self, by_source=by_source), touched)

    def without_source(self, source: int) -> "Round[K, C]":
        """The round as if `source` had never spoken."""
        by_source = {index: said for index, said in self.by_source.items() if index != source}
        without = replace(self, by_source=by_source, silent=self.silent - {source})
        return self._judged(without, self.by_source.get(source, ()))

    def with_silence(self, source: int, *, silent: bool) -> "Round[K, C]":
        """The round in which `source` has, or has not, been without news for too long."""
        if silent == (source in self.silent):
            return self
        gone = self.silent | {source} if silent else self.silent - {source}
        return self._judged(replace(self, silent=gone), self.by_source.get(source, ()))

    def with_authority(self, sources: frozenset[int]) -> "Round[K, C]":
        """The round in which those addresses, and no others, go before the rest."""
        touched = dict.fromkeys(
            key for source in sources ^ self.authority for key in self.by_source.get(source, ())
        )
        return self._judged(replace(self, authority=sources), touched)

    def changes(self, before: "Round[K, C]") -> list[Change[K, C]]:
        """What to tell those who know `before`: new and changed words first, then vanished ones."""
        said = [
            Change(key, before.believed.get(key), after)
            for key, after in self.believed.items()
            if not _same(before.believed.get(key), after)
        ]
        vanished = [
            Change(key, gone, None)
            for key, gone in before.believed.items()
            if key not in self.believed
        ]
        return said + vanished

    def spoken_by(self, source: int) -> list[K]:
        """The things `source` is the one believed about."""
        named = self.by_source.get(source, {})
        return [key for key in named if self.believed[key].source == source]

    def _judged(self, changed: "Round[K, C]", touched: Iterable[K]) -> "Round[K, C]":
        believed = dict(self.believed)
        for key in touched:
            best = changed._best(key)
            if best is None:
                believed.pop(key, None)
            else:
                believed[key] = best
        return replace(changed, believed=believed)

    def _rank(self, word: Statement[C]) -> tuple[bool, bool, int, int]:
        source = word.source
        return source in self.authority, source not in self.silent, word.timestamp, -source

    def _best(self, key: K) -> Statement[C] | None:
        said = (words[key] for words in self.by_source.values() if key in words)
        return max(
            said,
            key=self._rank,
            default=None,
        )


def _same(before: Statement[C] | None, after: Statement[C]) -> bool:
    """Whether followers need not hear `after`: the age is that of the source, so it counts."""
    return before is not None and before.source == after.source and before.content == after.content

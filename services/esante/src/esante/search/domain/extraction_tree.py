"""The members on the paths of search expressions, as a tree, with extractors of their values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from esante.search.domain.expressions import Key
from esante.search.domain.search_extractors.collector import Extractor, IndexCollector
from esante.store.domain.index_keys import group_key

CompositeExtractor = Callable[[Any, Any, IndexCollector], None]
"""Takes a value, the resource that contains it, and the collector to add entries to."""


@dataclass(slots=True)
class ExtractionTree:
    """One node: a member, with the extractors of its values and the nodes of their members."""

    key: Key | None = None
    """The member, and which of its values; None at the root."""
    extractors: list[Extractor] = field(default_factory=list)
    """Called with each value."""
    composites: list[CompositeExtractor] = field(default_factory=list)
    """Called with each value and the resource."""
    members: dict[str, list["ExtractionTree"]] = field(default_factory=dict)
    """By name; several nodes of one name select different values."""

    def add(self, keys: tuple[Key, ...], extractor: Extractor) -> None:
        """Call the extractor with every value at the end of that path."""
        self._at(keys).extractors.append(extractor)

    def add_composite(self, keys: tuple[Key, ...], extractor: CompositeExtractor) -> None:
        """As `add`, for the extractor of a composite: `IndexCollector.pair` then identifies the
        position of the value."""
        self._at(keys).composites.append(extractor)

    def _at(self, keys: tuple[Key, ...]) -> "ExtractionTree":
        tree = self
        for key in keys:
            same_name = tree.members.setdefault(key.name, [])
            below = next((each for each in same_name if each.key == key), None)
            if below is None:
                below = ExtractionTree(key)
                same_name.append(below)
            tree = below
        return tree


def extract(tree: ExtractionTree, resource: Mapping[str, Any], collector: IndexCollector) -> None:
    """Call the extractors of a tree with the values of a resource; they add to the collector."""
    for extractor in tree.extractors:
        extractor(resource, collector)
    for composites in tree.composites:
        composites(resource, resource, collector)
    _extract_members(tree, resource, resource, collector)


def _extract_members(
    tree: ExtractionTree, value: Mapping[str, Any], resource: Any, collector: IndexCollector
) -> None:
    known = tree.members
    for name, member in value.items():
        if name in known:
            for below in known[name]:
                _extract_member(below, member, resource, collector)


def _extract_member(
    tree: ExtractionTree, member: Any, resource: Any, collector: IndexCollector
) -> None:
    assert tree.key is not None
    only = tree.key.only
    values = member if isinstance(member, list) else (member,)
    for position, value in enumerate(values[:1] if tree.key.first else values):
        if tree.composites:
            collector.pair = group_key(position)
        if value is None:
            continue
        if only is not None and not (isinstance(value, dict) and value.get(only[0]) == only[1]):
            continue
        for extractor in tree.extractors:
            extractor(value, collector)
        for composites in tree.composites:
            composites(value, resource, collector)
        if tree.members and isinstance(value, dict):
            _extract_members(tree, value, resource, collector)
    if tree.composites:
        collector.pair = 0

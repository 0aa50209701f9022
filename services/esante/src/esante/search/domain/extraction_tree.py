"""The tree of the members that search expressions pass, with the extractors of their values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from esante.search.domain.expressions import Key
from esante.search.domain.search_extractors.collector import Extractor, IndexCollector
from esante.store.domain.index_keys import group_key

CompositeExtractor = Callable[[Any, Any, IndexCollector], None]
"""Takes a value, the resource that has it, and the collector."""


@dataclass(slots=True)
class ExtractionTree:
    """One node: a member, with what is extracted from its values and from their members."""

    key: Key | None = None
    """Selects among the values of an array; None at the root."""
    extractors: list[Extractor] = field(default_factory=list)
    composites: list[CompositeExtractor] = field(default_factory=list)
    members: dict[str, list["ExtractionTree"]] = field(default_factory=dict)

    def add(self, keys: tuple[Key, ...], extractor: Extractor) -> None:
        """Extract every value at the end of those keys."""
        self._at(keys).extractors.append(extractor)

    def add_composite(self, keys: tuple[Key, ...], extractor: CompositeExtractor) -> None:
        """As `add`, for a composite, which needs the resource and the position of the value."""
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
    """Extract the values of a resource."""
    for extractor in tree.extractors:
        extractor(resource, collector)
    for composites in tree.composites:
        composites(resource, resource, collector)
    _members(tree, resource, resource, collector)


def _members(
    tree: ExtractionTree, value: Mapping[str, Any], resource: Any, collector: IndexCollector
) -> None:
    known = tree.members
    for name, member in value.items():
        if name in known:
            for below in known[name]:
                _take(below, member, resource, collector)


def _take(tree: ExtractionTree, member: Any, resource: Any, collector: IndexCollector) -> None:
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
            _members(tree, value, resource, collector)
    if tree.composites:
        collector.pair = 0

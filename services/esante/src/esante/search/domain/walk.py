"""One walk over a resource, along the members that expressions pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from esante.search.domain.expressions import Key
from esante.search.domain.search_extractors.collector import Found, Reader
from esante.store.domain.index_keys import group_key

WholeReader = Callable[[Any, Any, Found], None]  # takes the value, the resource it is in, found


@dataclass(slots=True)
class Tree:
    """What is read of a value, and of its members by name. `key`: which of an array's values;
    `whole`: readers of composites, whose rows stand with the position of their value."""

    key: Key | None = None
    readers: list[Reader] = field(default_factory=list)
    whole: list[WholeReader] = field(default_factory=list)
    members: dict[str, list["Tree"]] = field(default_factory=dict)

    def add(self, keys: tuple[Key, ...], reader: Reader) -> None:
        """Read every value at the end of those keys."""
        self._at(keys).readers.append(reader)

    def add_whole(self, keys: tuple[Key, ...], reader: WholeReader) -> None:
        """The same, for a reader that looks at the resource too."""
        self._at(keys).whole.append(reader)

    def _at(self, keys: tuple[Key, ...]) -> "Tree":
        tree = self
        for key in keys:
            same_name = tree.members.setdefault(key.name, [])
            below = next((each for each in same_name if each.key == key), None)
            if below is None:
                below = Tree(key)
                same_name.append(below)
            tree = below
        return tree


def walk(tree: Tree, resource: Mapping[str, Any], found: Found) -> None:
    """Read a resource."""
    for reader in tree.readers:
        reader(resource, found)
    for whole in tree.whole:
        whole(resource, resource, found)
    _members(tree, resource, resource, found)


def _members(tree: Tree, value: Mapping[str, Any], resource: Any, found: Found) -> None:
    known = tree.members
    for name, member in value.items():
        if name in known:
            for below in known[name]:
                _take(below, member, resource, found)


def _take(tree: Tree, member: Any, resource: Any, found: Found) -> None:
    assert tree.key is not None
    only = tree.key.only
    values = member if isinstance(member, list) else (member,)
    for position, value in enumerate(values[:1] if tree.key.first else values):
        if tree.whole:
            found.pair = group_key(position)
        if value is None:
            continue
        if only is not None and not (isinstance(value, dict) and value.get(only[0]) == only[1]):
            continue
        for reader in tree.readers:
            reader(value, found)
        for whole in tree.whole:
            whole(value, resource, found)
        if tree.members and isinstance(value, dict):
            _members(tree, value, resource, found)
    if tree.whole:
        found.pair = 0

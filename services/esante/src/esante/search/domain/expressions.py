"""The FHIRPath expressions of search parameters, compiled to paths over JSON.

R4 uses a subset of FHIRPath: paths, `as`, `where(resolve() is T)`, `where(system='phone')`, `[0]`,
`%resource` and one `exists() and … != false`. Anything else raises ValueError.
https://hl7.org/fhir/R4/search.html#fhirpath
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from esante.search.domain.definitions import SearchElement, find_element

_AS: Final = re.compile(r"\(([\w.]+) as (\w+)\)(?:\.(\w+))?")
_STEP: Final = re.compile(
    r"as\((?P<as>\w+)\)|where\(resolve\(\) is (?P<is>\w+)\)"
    r"|where\((?P<field>\w+)='(?P<value>[^']*)'\)|(?P<name>%?\w+)(?P<first>\[0\])?"
)
_BASE_TYPES: Final = {"canonical": "uri", "url": "uri", "oid": "uri", "uuid": "uri"}
DECEASED: Final = "Patient.deceased.exists() and Patient.deceased != false"


@dataclass(frozen=True, slots=True)
class Key:
    """One step of a path: the member of a JSON object, perhaps with some of its values only."""

    name: str
    only: tuple[str, str] | None = None
    """(member, text): only values whose member has that text, as (`system`, `phone`)."""
    first: bool = False
    """Only the first value."""


@dataclass(frozen=True, slots=True)
class Path:
    """The path from a resource to values of one type."""

    keys: tuple[Key, ...]
    type: str
    """The type of the values."""
    systems: tuple[str, ...] = ()
    """The code systems of their required binding."""
    target: str | None = None
    """Only references to this type."""
    single: bool = True
    """Whether it has at most one value."""


@dataclass(frozen=True, slots=True)
class _PartialPath:
    """A path under construction."""

    path: Path
    owner: str
    """The resource or data type in which the next element is looked up."""
    place: str = ""
    """The path of the current backbone element in `owner`."""


FindElement: TypeAlias = Callable[[str, str], SearchElement | None]
"""Takes a resource or data type and a path in it; returns the element there."""


def paths_of(expression: str, base: str, *, find: FindElement = find_element) -> tuple[Path, ...]:
    """The paths of an expression in a resource of the type `base`. An element that the type does
    not have gives none. Raises ValueError."""
    found = [
        path for branch in _branches(expression, base) for path in _paths(branch, base, "", find)
    ]
    return tuple(dict.fromkeys(found))


def paths_below(expression: str, base: str, at: Path) -> tuple[Path, ...]:
    """The paths of a component's expression, from the values at `at`. Raises ValueError.

    `base`: the resource type. For an expression that starts with `%resource`, use `paths_of`.
    """
    place = ".".join(key.name for key in at.keys) if at.type in _BACKBONE_TYPES else ""
    owner = base if at.type in _BACKBONE_TYPES else at.type
    found = [
        path for branch in _branches(expression, owner) for path in _paths(branch, owner, place)
    ]
    return tuple(dict.fromkeys(found))


_BACKBONE_TYPES: Final = frozenset({"BackboneElement", "Element"})


def _branches(expression: str, base: str) -> Iterator[list[str]]:
    if expression == DECEASED:
        expression = "Patient.deceased"
    for branch in expression.split(" | "):
        match = _AS.fullmatch(branch)
        if match is not None:
            branch = f"{match[1]}.as({match[2]})" + (f".{match[3]}" if match[3] else "")
        steps = re.findall(r"(?:[^.(]|\([^)]*\([^)]*\)[^)]*\)|\([^)]*\))+", branch)
        if steps[0] in (base, "Resource", "DomainResource", "%resource"):
            steps = steps[1:]
        yield steps


def _paths(
    steps: list[str], owner: str, place: str, find: FindElement = find_element
) -> Iterator[Path]:
    partial_paths = [
        _PartialPath(Path((), owner if not place else "BackboneElement"), owner, place)
    ]
    for step in steps:
        match = _STEP.fullmatch(step)
        if match is None:
            raise ValueError(f"{owner}: {step} is no step that is known here")
        partial_paths = [
            below for partial in partial_paths for below in _step(partial, match, find)
        ]
    yield from (partial.path for partial in partial_paths)


def _step(partial: _PartialPath, match: re.Match[str], find: FindElement) -> Iterator[_PartialPath]:
    path = partial.path
    if match["as"]:
        # The official definitions misspell one type (DateTime). A canonical is a uri.
        if match["as"].lower() in (path.type.lower(), _BASE_TYPES.get(path.type)):
            yield partial
    elif match["is"]:
        yield replace(partial, path=replace(path, target=match["is"]))
    elif match["field"]:
        last = replace(path.keys[-1], only=(match["field"], match["value"]))
        yield replace(partial, path=replace(path, keys=(*path.keys[:-1], last)))
    else:
        place = f"{partial.place}.{match['name']}" if partial.place else match["name"]
        element = find(partial.owner, place) or find("Resource", place)
        if element is not None:
            yield from _values(partial, element, first=bool(match["first"]))


def _values(
    partial: _PartialPath, element: SearchElement, *, first: bool
) -> Iterator[_PartialPath]:
    single = partial.path.single and (first or not element.repeats)
    for value_type in element.types:
        plain = element.name.removesuffix("[x]")
        name = plain + value_type[0].upper() + value_type[1:] if element.is_choice else plain
        keys = (*partial.path.keys, Key(name, first=first))
        own = value_type in _BACKBONE_TYPES or value_type.startswith("#")
        path = Path(keys, "BackboneElement" if own else value_type, element.systems, None, single)
        yield (
            _PartialPath(path, partial.owner, element.path)
            if own
            else _PartialPath(path, value_type)
        )

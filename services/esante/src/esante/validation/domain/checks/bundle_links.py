"""References between the entries of a Bundle: they lead to an entry, of the version they state, and
every entry of a document belongs to it.

https://hl7.org/fhir/R4/bundle.html#references, https://hl7.org/fhir/R4/documents.html#content
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node

_SELF_CONTAINED: Final = ("document", "message", "collection", "transaction")
_MAX_REFERENCES: Final = 50_000
"""Greatest number of references that are followed."""
_OF_DOCUMENT: Final = ("subject", "encounter", "author", "custodian", "attester", "section")
"""The elements of Composition whose references a document resolves."""


@dataclass(frozen=True, slots=True)
class _Reference:
    """A literal reference, and where it is."""

    literal: str
    place: Place


@dataclass(slots=True)
class _Entry:
    """An entry with a resource."""

    full_url: str
    resource: Mapping[str, Any]
    place: Place
    references: list[_Reference] = field(default_factory=list)

    @property
    def server(self) -> str:
        """The base of its RESTful address; empty without one."""
        base, mark, _ = self.full_url.rpartition(f"/{self.resource.get('resourceType')}/")
        return base if mark else ""


@dataclass(slots=True)
class _Named:
    """The entries that have one address."""

    entries: list[int] = field(default_factory=list)
    full_urls: set[str] = field(default_factory=set)
    versions: dict[str | None, None] = field(default_factory=dict)
    """Their versions, in the order of the entries."""


_Names = Mapping[str, _Named]


def check_links(bundle: Node, place: Place, found: Findings) -> None:
    """Add the issues of the references between the entries of a Bundle."""
    bundle_type = bundle.get("type")
    if bundle_type not in _SELF_CONTAINED:
        return
    entries = _entries(bundle, place)
    names = _names(entries)
    for entry in entries:
        for reference in entry.references:
            named = names.get(_address(reference.literal, entry))
            problem = _problem(reference.literal, named)
            if problem is None:
                continue
            if bundle_type == "document":
                found.error("value", reference.place, problem)
            else:
                found.warning("value", reference.place, problem, "bundle")
    if sum(len(entry.references) for entry in entries) >= _MAX_REFERENCES:
        words = f"Seules les {_MAX_REFERENCES} premières références ont été suivies."
        found.information("too-costly", place, words)
    elif bundle_type == "document" and entries:
        _check_document(entries, names, found)


def _names(entries: list[_Entry]) -> _Names:
    """The entries by their addresses: the full URL, and the type and id."""
    found: dict[str, _Named] = {}
    for at, entry in enumerate(entries):
        addresses = {entry.full_url}
        # An entry without RESTful address refers to another by its type and id.
        if isinstance(entry.resource.get("id"), str):
            addresses.add(f"{entry.resource.get('resourceType')}/{entry.resource['id']}")
        for address in addresses - {""}:
            named = found.setdefault(address, _Named())
            named.entries.append(at)
            named.full_urls.add(entry.full_url)
            named.versions.setdefault(_version(entry.resource))
    return found


def _entries(bundle: Node, place: Place) -> list[_Entry]:
    found: list[_Entry] = []
    budget = _MAX_REFERENCES
    written = bundle.get("entry")
    for index, entry in enumerate(written if isinstance(written, list) else ()):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            continue
        below: Place = ((place, "entry", index), "resource", None)
        references = []
        for each in _references(resource, below):
            if budget == 0:
                break
            budget -= 1
            references.append(each)
        found.append(_Entry(str(entry.get("fullUrl", "")), resource, below, references))
    return found


def _references(node: Any, place: Place) -> Iterator[_Reference]:
    """The literal references below a node, those of entries of inner Bundles excepted."""
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name == "reference" and isinstance(value, str):
            yield _Reference(value, (place, name, None))
        elif isinstance(value, dict):
            if value.get("resourceType") != "Bundle":
                yield from _references(value, (place, name, None))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from _references(item, (place, name, index))


def _address(literal: str, entry: _Entry) -> str:
    """The address that a reference of an entry means, without version and fragment."""
    address = literal.partition("/_history/")[0].partition("#")[0]
    return f"{entry.server}/{address}" if entry.server and ":" not in address else address


def _problem(literal: str, named: _Named | None) -> str | None:
    """Why a reference does not lead to the entry it means, in French; None if it does."""
    if named is None:
        if literal.startswith(("urn:uuid:", "urn:oid:")):
            return f"Aucune entrée n’a l’adresse complète {literal[:80]}."
        return None
    _, mark, version = literal.partition("/_history/")
    if not mark:
        if len(named.entries) > 1 and len(named.full_urls) == 1:
            return f"Plusieurs entrées sont une version de {literal} : dites laquelle."
        return None
    if None in named.versions or version in named.versions:
        return None
    first = next(iter(named.versions))
    return f"La version {version} n’est pas celle de l’entrée, qui est {first}."


def _version(resource: Mapping[str, Any]) -> str | None:
    meta = resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _check_document(entries: list[_Entry], names: _Names, found: Findings) -> None:
    """A document has what its Composition refers to, and nothing that is not linked with it."""
    composition = entries[0]
    if composition.resource.get("resourceType") != "Composition":
        return
    for name in _OF_DOCUMENT:
        value = composition.resource.get(name)
        for item in value if isinstance(value, list) else [value]:
            for reference in _references(item, composition.place):
                if (
                    not reference.literal.startswith(("#", "urn:"))
                    and _address(reference.literal, composition) not in names
                ):
                    words = f"{reference.literal} n’est pas une entrée de ce document."
                    element: Place = (composition.place, name, None)
                    # An address of another server can be right, and is no entry.
                    if "://" in reference.literal:
                        found.warning("value", element, words, "bundle")
                    else:
                        found.error("value", element, words)
    reached = _reachable(entries, names)
    for at, entry in enumerate(entries):
        if at not in reached and entry.resource.get("resourceType") != "Binary":
            words = "Rien ne relie cette entrée au document (Composition)."
            found.error("structure", entry.place, words)


def _reachable(entries: list[_Entry], names: _Names) -> set[int]:
    """The entries that references join with the first one, in either direction.

    Entries and addresses are the nodes of the search, because many entries can have one address
    that many references mean.
    """
    near: list[list[str]] = [[] for _ in entries]
    meant: dict[str, list[int]] = {}
    for at, entry in enumerate(entries):
        for reference in entry.references:
            address = _address(reference.literal, entry)
            if address in names:
                near[at].append(address)
                meant.setdefault(address, []).append(at)
    for address in meant:
        for at in names[address].entries:
            near[at].append(address)
    found, ahead = {0}, [0]
    while ahead:
        for address in near[ahead.pop()]:
            # Each address is followed once.
            referring = meant.pop(address, None)
            for each in (*referring, *names[address].entries) if referring else ():
                if each not in found:
                    found.add(each)
                    ahead.append(each)
    return found

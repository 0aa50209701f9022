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


def check_links(bundle: Node, place: Place, found: Findings) -> None:
    """Add the issues of the references between the entries of a Bundle."""
    bundle_type = bundle.get("type")
    if bundle_type not in _SELF_CONTAINED:
        return
    entries = _entries(bundle, place)
    by_url: dict[str, list[int]] = {}
    for at, entry in enumerate(entries):
        by_url.setdefault(entry.full_url, []).append(at)
        # An entry without RESTful address refers to another by its type and id.
        name = f"{entry.resource.get('resourceType')}/{entry.resource.get('id')}"
        by_url.setdefault(name, []).append(at)
    links: list[tuple[int, int]] = []
    for at, entry in enumerate(entries):
        for reference in entry.references:
            targets = _targets(reference.literal, entry, by_url)
            links += [(at, target) for target in targets]
            problem = _problem(reference.literal, [entries[target] for target in targets])
            if problem is not None:
                found.error("value", reference.place, problem)
    if bundle_type == "document" and entries:
        _check_document(entries, links, by_url, found)


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


def _targets(literal: str, entry: _Entry, by_url: Mapping[str, list[int]]) -> list[int]:
    """The entries that a reference leads to."""
    address = literal.partition("/_history/")[0].partition("#")[0]
    if entry.server and ":" not in address:
        address = f"{entry.server}/{address}"
    return by_url.get(address, []) if address else []


def _problem(literal: str, targets: list[_Entry]) -> str | None:
    """Why a reference does not lead to the entry it means, in French; None if it does."""
    if not targets:
        if literal.startswith(("urn:uuid:", "urn:oid:")):
            return f"Aucune entrée n’a l’adresse complète {literal[:80]}."
        return None
    _, mark, version = literal.partition("/_history/")
    versions = [_version(each.resource) for each in targets]
    if not mark:
        if len(targets) > 1 and len({each.full_url for each in targets}) == 1:
            return f"Plusieurs entrées sont une version de {literal} : dites laquelle."
        return None
    if None in versions or version in versions:
        return None
    return f"La version {version} n’est pas celle de l’entrée, qui est {versions[0]}."


def _version(resource: Mapping[str, Any]) -> str | None:
    meta = resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _check_document(
    entries: list[_Entry],
    links: list[tuple[int, int]],
    by_url: Mapping[str, list[int]],
    found: Findings,
) -> None:
    """A document has what its Composition refers to, and nothing that is not linked with it."""
    composition = entries[0]
    if composition.resource.get("resourceType") != "Composition":
        return
    for name in _OF_DOCUMENT:
        value = composition.resource.get(name)
        for item in value if isinstance(value, list) else [value]:
            for reference in _references(item, composition.place):
                if not reference.literal.startswith(("#", "urn:")) and not _targets(
                    reference.literal, composition, by_url
                ):
                    words = f"{reference.literal} n’est pas une entrée de ce document."
                    # An address of another server can be right, and is no entry.
                    report = found.warning if "://" in reference.literal else found.error
                    report("value", (composition.place, name, None), words)
    reached = _reachable(len(entries), links)
    for at, entry in enumerate(entries):
        if at not in reached and entry.resource.get("resourceType") != "Binary":
            words = "Rien ne relie cette entrée au document (Composition)."
            found.error("structure", entry.place, words)


def _reachable(size: int, links: list[tuple[int, int]]) -> set[int]:
    """The entries that links join with the first one, in either direction."""
    near: list[list[int]] = [[] for _ in range(size)]
    for source, target in links:
        near[source].append(target)
        near[target].append(source)
    found, ahead = {0}, [0]
    while ahead:
        for each in near[ahead.pop()]:
            if each not in found:
                found.add(each)
                ahead.append(each)
    return found

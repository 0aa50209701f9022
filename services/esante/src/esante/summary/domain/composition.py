"""Composes the summary of a patient from the resources of the record that were found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.core.domain.references import local_references
from esante.core.domain.resource import Resource
from esante.search.domain.query.record_query import belongs_with
from esante.summary.domain.descriptions import date_of, name_of
from esante.summary.domain.document import FilledSection, PatientSummary
from esante.summary.domain.sections import SECTIONS, Json, codes_of

_REFERRED: Final = frozenset(
    {"Device", "Medication", "Organization", "Practitioner", "PractitionerRole"}
)
"""Types of which a document contains what its resources refer to."""


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """What a summary is composed of."""

    person: Resource
    matches: Sequence[Resource]
    """The resources of the record; one can be there twice."""
    included: Sequence[Resource]
    """What they refer to."""
    truncated: frozenset[str]
    """The categories of observations of which only the newest were read."""

    @property
    def size(self) -> int:
        """Bytes of its resources."""
        return sum(len(each.text) for each in (*self.matches, *self.included))


def compose_summary(record: FoundRecord, *, by: Access) -> PatientSummary:
    """The summary of what was found. `by`: the permissions that the searches were narrowed to."""
    found = {(each.type, each.id): each for each in record.matches}
    parsed = [(each, parse_json(each.text)) for each in found.values()]
    sections = tuple(_fill(by, parsed, record.truncated))
    known = {
        f"{e.type}/{e.id}": e
        for e in record.included
        if e.type in _REFERRED and belongs_with(e, record.person.id)
    }
    referred = _referred(sections, known)
    return PatientSummary(record.person, parse_json(record.person.text), sections, referred)


def _fill(
    by: Access, found: Sequence[tuple[Resource, Json]], truncated: frozenset[str]
) -> Iterable[FilledSection]:
    """The sections with resources, and those that are required."""
    for section in SECTIONS:
        resources = [
            (stored, parsed)
            for stored, parsed in found
            if stored.type in section.types and section.matches(parsed)
        ]
        resources.sort(key=lambda each: date_of(each[1]), reverse=True)
        resources = _newest(resources) if section.categories else resources
        withheld = not all(_is_complete(by, each) for each in section.types)
        if resources or section.required or withheld:
            is_truncated = not truncated.isdisjoint(section.categories)
            yield FilledSection(section, resources, withheld, is_truncated)


def _is_complete(by: Access, resource_type: str) -> bool:
    """Whether the caller may search all resources of a type in the record: without a query."""
    return any(grant.query is None for grant in by.permitted(resource_type, "s").grants)


def _newest(resources: Sequence[tuple[Resource, Json]]) -> list[tuple[Resource, Json]]:
    """The first of each code. `resources`: newest first."""
    newest: dict[object, tuple[Resource, Json]] = {}
    for each in resources:
        code = codes_of(each[1].get("code")) or name_of(each[1])
        newest.setdefault((each[0].type, code), each)
    return list(newest.values())


def _referred(
    sections: Iterable[FilledSection], known: Mapping[str, Resource]
) -> list[tuple[Resource, Json]]:
    """What the resources of the sections refer to, of what is known (by `Device/x`)."""
    texts = [stored.text.decode() for filled in sections for stored, _ in filled.resources]
    named = {each for text in texts for each in local_references(text)}
    return [(known[each], parse_json(known[each].text)) for each in sorted(named & known.keys())]

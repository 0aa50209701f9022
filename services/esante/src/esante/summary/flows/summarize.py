"""The summary of a patient, from the resources that the caller may search."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.core.ports import ReadResource
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.limits import MAX_ON_PAGE, too_costly
from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.domain.query.record_query import RecordParameters, record_query
from esante.search.ports import Searches, SearchPage
from esante.summary.domain.descriptions import date_of, name_of
from esante.summary.domain.document import FilledSection, PatientSummary
from esante.summary.domain.sections import (
    OBSERVED,
    SECTIONS,
    Json,
    codes_of,
)

_MOST_PAGES: Final = 5
"""A record with more pages of conditions, treatments and acts is refused."""
_OBSERVATION: Final = "Observation"
_OTHER_TYPES: Final = sorted({each for of in SECTIONS for each in of.types} - {_OBSERVATION})
_REFERRED: Final = frozenset(
    {"Device", "Medication", "Organization", "Practitioner", "PractitionerRole"}
)
"""Types of which a document contains what its resources refer to."""


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """What a summary is composed of."""

    person: Resource
    pages: Sequence[SearchPage]
    cut: frozenset[str]
    """The categories of observations of which only the newest were read."""

    @property
    def size(self) -> int:
        """Bytes of its resources."""
        found = (each for page in self.pages for each in (*page.matches, *page.included))
        return sum(len(each.text) for each in found)


async def find_record(
    patient: str, *, by: Access, searches: Searches, read: ReadResource, context: SearchContext
) -> FoundRecord:
    """Search what the summary of a patient is composed of. `patient`: an id.

    Of each category of observations, the newest thousand. Raises Refusal as `read`, and with the
    issue "too-costly" for a record that is too long.
    """
    person = await read("Patient", patient, by=by)
    search = partial(searches.search, access=by, context=context)
    pages, cut = [], set()
    types = tuple(each for each in _OTHER_TYPES if by.permitted(each, "s"))
    if types:
        parameters = RecordParameters(types, count=str(MAX_ON_PAGE))
        query = record_query(patient, parameters, context=context)
        pages.append(await search(query))
        while (cursor := pages[-1].next_cursor) is not None:
            if len(pages) == _MOST_PAGES:
                raise too_costly("Ce dossier est trop long pour un résumé.")
            pages.append(await search(replace(query, cursor=cursor)))
    if by.permitted(_OBSERVATION, "s"):
        scope = Scope(_OBSERVATION, ("Patient", patient))
        common = (("_sort", "-date"), ("_count", str(MAX_ON_PAGE)))
        for category, criterion in OBSERVED.items():
            page = await search(parse_query((criterion, *common), scope, context=context))
            pages.append(page)
            if page.next_cursor is not None:
                cut.add(category)
    return FoundRecord(person, pages, frozenset(cut))


def compose_summary(record: FoundRecord, *, by: Access) -> PatientSummary:
    """The summary of what was found. `by`: the permissions it was searched with."""
    found = {(each.type, each.id): each for page in record.pages for each in page.matches}
    parsed = [(each, parse_json(each.text)) for each in found.values()]
    sections = tuple(_fill(by, parsed, record.cut))
    included = (each for page in record.pages for each in page.included)
    known = {f"{e.type}/{e.id}": e for e in included if e.type in _REFERRED}
    person = parse_json(record.person.text)
    return PatientSummary(record.person, person, sections, _referred(sections, known))


def _fill(
    by: Access, found: Sequence[tuple[Resource, Json]], cut: frozenset[str]
) -> Iterable[FilledSection]:
    """The sections with resources, and those that are required."""
    for section in SECTIONS:
        held = [
            (stored, parsed)
            for stored, parsed in found
            if stored.type in section.types and section.holds(parsed)
        ]
        held.sort(key=lambda each: date_of(each[1]), reverse=True)
        held = _newest(held) if section.categories else held
        withheld = not any(by.permitted(each, "s") for each in section.types)
        if held or section.required or withheld:
            is_cut = not cut.isdisjoint(section.categories)
            yield FilledSection(section, held, withheld, is_cut)


def _newest(held: Sequence[tuple[Resource, Json]]) -> list[tuple[Resource, Json]]:
    """The first of each code. `held`: newest first."""
    newest: dict[object, tuple[Resource, Json]] = {}
    for each in held:
        code = codes_of(each[1].get("code")) or name_of(each[1])
        newest.setdefault((each[0].type, code), each)
    return list(newest.values())


def _referred(
    sections: Iterable[FilledSection], known: Mapping[str, Resource]
) -> list[tuple[Resource, Json]]:
    """What the resources of the sections refer to, of what is known (by `Device/x`)."""
    named = {
        each for filled in sections for _, parsed in filled.resources for each in _links(parsed)
    }
    return [(known[each], parse_json(known[each].text)) for each in sorted(named & known.keys())]


def _links(value: Any) -> Iterator[str]:
    """The references in a JSON value, without the base before them."""
    if isinstance(value, list):
        for each in value:
            yield from _links(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name == "reference" and isinstance(each, str):
                yield "/".join(each.split("/")[-2:])
            else:
                yield from _links(each)

"""The summary of a patient, from the resources that the caller may search."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.core.ports import ReadResource
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.limits import MAX_ON_PAGE, too_costly
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.ports import Searches, SearchPage
from esante.summary.domain.descriptions import date_of, name_of
from esante.summary.domain.document import FilledSection, PatientSummary
from esante.summary.domain.sections import (
    OBSERVED,
    PREGNANCY_CODES,
    SECTIONS,
    Json,
    codes_of,
)

_MOST_PAGES: Final = 5
"""A record with more pages of conditions, treatments and acts is refused."""
_OBSERVATION: Final = "Observation"
_REFERRED: Final = frozenset(
    {"Device", "Medication", "Organization", "Practitioner", "PractitionerRole"}
)
"""Types of which a document contains what its resources refer to."""


async def summarize(
    patient: str, *, by: Access, searches: Searches, read: ReadResource, context: SearchContext
) -> PatientSummary:
    """The summary of a patient. `patient`: an id.

    Observations are the newest of each code among the newest thousand. Raises Refusal as `read`,
    and with the issue "too-costly" for a record that is too long.
    """
    person = await read("Patient", patient, by=by)
    pages = [
        *await _other_pages(patient, by, searches, context),
        *await _observations(patient, by, searches, context),
    ]
    found = {(each.type, each.id): each for page in pages for each in page.matches}
    parsed = [(each, parse_json(each.text)) for each in found.values()]
    sections = tuple(_fill(by, parsed))
    known = {f"{e.type}/{e.id}": e for page in pages for e in page.included if e.type in _REFERRED}
    referred = _referred(sections, known)
    return PatientSummary(person, parse_json(person.text), sections, referred)


async def _other_pages(
    patient: str, by: Access, searches: Searches, context: SearchContext
) -> list[SearchPage]:
    types = sorted({each for section in SECTIONS for each in section.types} - {_OBSERVATION})
    pairs = (("_type", ",".join(types)), ("_include", "*"), ("_count", str(MAX_ON_PAGE)))
    query = _lenient(parse_query(pairs, Scope(None, ("Patient", patient)), context=context))
    pages = [await searches.search(query, access=by, context=context)]
    while (cursor := pages[-1].next_cursor) is not None:
        if len(pages) == _MOST_PAGES:
            raise too_costly("Ce dossier est trop long pour un résumé.")
        pages.append(
            await searches.search(replace(query, cursor=cursor), access=by, context=context)
        )
    return pages


async def _observations(
    patient: str, by: Access, searches: Searches, context: SearchContext
) -> list[SearchPage]:
    if not by.permitted(_OBSERVATION, "s"):
        return []
    scope = Scope(_OBSERVATION, ("Patient", patient))
    common = (("_sort", "-date"), ("_count", str(MAX_ON_PAGE)))
    pages = []
    for criterion in (("category", OBSERVED), ("code", PREGNANCY_CODES)):
        query = parse_query((criterion, *common), scope, context=context)
        pages.append(await searches.search(query, access=by, context=context))
    return pages


def _lenient(query: Query) -> Query:
    """The query without the types that the caller cannot search, rather than a refusal."""
    return replace(query, named=False)


def _fill(by: Access, found: Sequence[tuple[Resource, Json]]) -> Iterable[FilledSection]:
    """The sections with resources, and those that are required."""
    for section in SECTIONS:
        held = [
            (stored, parsed)
            for stored, parsed in found
            if stored.type in section.types and section.holds(parsed)
        ]
        held.sort(key=lambda each: date_of(each[1]), reverse=True)
        held = _newest(held) if section.newest else held
        withheld = not any(by.permitted(each, "s") for each in section.types)
        if held or section.required or withheld:
            yield FilledSection(section, held, withheld)


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

"""Searches what the summary of a patient is composed of, of what the caller may search."""

from dataclasses import replace
from functools import partial
from typing import Final

from esante.core.domain.permissions import Access
from esante.core.ports import ReadResource
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.limits import MAX_ON_PAGE, too_costly
from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.domain.query.record_query import RecordParameters, record_query
from esante.search.ports import Searches
from esante.summary.domain.composition import FoundRecord
from esante.summary.domain.sections import OBSERVED, SECTIONS

_MOST_PAGES: Final = 5
"""A record with more pages of conditions, treatments and acts is refused."""
_OBSERVATION: Final = "Observation"
_OTHER_TYPES: Final = sorted({each for of in SECTIONS for each in of.types} - {_OBSERVATION})


async def find_record(
    patient: str, *, by: Access, searches: Searches, read: ReadResource, context: SearchContext
) -> FoundRecord:
    """Search what the summary of a patient is composed of. `patient`: an id.

    Of each category of observations, the newest thousand. Raises Refusal as `read`, and with the
    issue "too-costly" for a record that is too long.
    """
    person = await read("Patient", patient, by=by)
    search = partial(searches.search, access=by, context=context)
    pages, truncated = [], set()
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
                truncated.add(category)
    matches = [each for page in pages for each in page.matches]
    included = [each for page in pages for each in page.included]
    return FoundRecord(person, matches, included, frozenset(truncated))

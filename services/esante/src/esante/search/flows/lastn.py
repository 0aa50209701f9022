"""Observation/$lastn: the last observations of each code.

https://hl7.org/fhir/R4/observation-operation-lastn.html
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.core.flows.worker_pool import WorkerPool
from esante.search.domain.latest import latest_of_each_code
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.limits import MAX_BYTES, MAX_ON_PAGE, too_costly
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.flows.load_codes import CodeLoader
from esante.search.ports import Searches
from socle.errors import Refusal

_MOST_PAGES: Final = 10
_SUBJECTS: Final = ("patient", "subject")
_NOT_HERE: Final = ("_sort", "_count", "_cursor", "_include", "_revinclude", "_total")


async def last_observations(
    pairs: Sequence[tuple[str, str]],
    most: int,
    *,
    by: Access,
    searches: Searches,
    codes: CodeLoader,
    workers: WorkerPool,
    context: SearchContext,
) -> tuple[Query, Sequence[Resource]]:
    """The observations that meet the criteria, at most `most` of each code, newest first.

    Raises Refusal without a patient or subject, and with the issue "too-costly" if there are more
    than ten thousand, or `MAX_BYTES`, to compare.
    """
    names = [name.partition(":")[0].partition(".")[0] for name, _ in pairs]
    if not any(name in _SUBJECTS for name in names):
        raise Refusal("invalid", "Un patient est attendu (patient ou subject).", issue="required")
    for name in names:
        if name in _NOT_HERE:
            raise Refusal("invalid", f"« {name} » n'est pas un paramètre de $lastn.")
    context = await codes.load(pairs, context, by=by)
    sorted_pairs = (*pairs, ("_sort", "-date"), ("_count", str(MAX_ON_PAGE)))
    query = parse_query(sorted_pairs, Scope("Observation"), context=context)
    page = await searches.search(query, access=by, context=context)
    found = list(page.matches)
    pages, size = 1, _size(page.matches)
    while page.next_cursor is not None:
        if pages == _MOST_PAGES or size >= MAX_BYTES:
            raise too_costly("Il y a trop de mesures à comparer : précisez un code ou une date.")
        following = replace(query, cursor=page.next_cursor)
        page = await searches.search(following, access=by, context=context)
        found += page.matches
        pages, size = pages + 1, size + _size(page.matches)
    return query, await workers.run(size, lambda: latest_of_each_code(found, most))


def _size(resources: Sequence[Resource]) -> int:
    return sum(len(each.text) for each in resources)

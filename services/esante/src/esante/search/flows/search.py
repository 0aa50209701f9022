"""search: at a type, at the system, in a compartment. https://hl7.org/fhir/R4/http.html#search"""

from collections.abc import Sequence

from esante.core.domain.permissions import Access
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.flows.load_codes import CodeLoader
from esante.search.ports import Matched, Searches, SearchPage
from esante.store.ports import Transaction
from socle.errors import Refusal


async def search(
    pairs: Sequence[tuple[str, str]],
    scope: Scope,
    *,
    by: Access,
    searches: Searches,
    codes: CodeLoader,
    context: SearchContext,
    lenient: bool = False,
) -> tuple[Query, SearchPage]:
    """Parse a query; returns it with one page of its results.

    Raises Refusal as `parse_query`; "forbidden" if the caller cannot search the types; with the
    `issue` "too-costly" if the search takes too long.
    """
    context = await codes.load(pairs, context, by=by)
    query = parse_query(pairs, scope, context=context, lenient=lenient)
    return query, await searches.search(query, access=by, context=context)


async def find_matches(
    resource_type: str,
    pairs: Sequence[tuple[str, str]],
    *,
    by: Access,
    searches: Searches,
    codes: CodeLoader,
    context: SearchContext,
    within: Transaction,
) -> tuple[Matched, ...]:
    """At most two matches of a conditional interaction (`If-None-Exist`, `PUT Patient?…`), as that
    transaction sees them.

    Handling is always strict: without a parameter, another resource could be changed. Raises
    Refusal as `search`, and without any criterion, which every resource would meet.
    https://hl7.org/fhir/R4/http.html#ccreate
    """
    context = await codes.load(pairs, context, by=by)
    query = parse_query(pairs, Scope(resource_type), context=context)
    if not query.criteria_count:
        raise Refusal(
            "invalid",
            "La condition ne contient aucun critère : nommez au moins un paramètre de recherche.",
        )
    return await searches.find_matches(query, access=by, context=context, within=within)

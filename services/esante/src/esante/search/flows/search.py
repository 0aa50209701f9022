"""search: at a type, at the system, in a compartment. https://hl7.org/fhir/R4/http.html#search"""

from collections.abc import Sequence

from esante.core.domain.permissions import Access
from esante.search.domain.query.conditions import Reading
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.parse import parse_query
from esante.search.ports import Matched, Searches, SearchPage
from esante.store.ports import Transaction
from socle.errors import Refusal


async def search(
    pairs: Sequence[tuple[str, str]],
    scope: Scope,
    *,
    by: Access,
    searches: Searches,
    reading: Reading,
    lenient: bool = False,
) -> tuple[Query, SearchPage]:
    """What was understood and one page of what was found. Raises Refusal: invalid, forbidden where
    the caller may search none of it, and `issue` too-costly past a limit."""
    query = parse_query(pairs, scope, reading=reading, lenient=lenient)
    return query, await searches.search(query, access=by, reading=reading)


async def matching(
    resource_type: str,
    pairs: Sequence[tuple[str, str]],
    *,
    by: Access,
    searches: Searches,
    reading: Reading,
    within: Transaction,
) -> tuple[Matched, ...]:
    """The resources that meet a condition (`If-None-Exist`, `PUT Patient?…`), two at most, as that
    transaction sees them. Always strict: a condition half understood would change another resource.

    Raises Refusal where there is no criterion at all, which every resource meets.
    https://hl7.org/fhir/R4/http.html#ccreate
    """
    query = parse_query(pairs, Scope(resource_type), reading=reading)
    if not query.asked:
        raise Refusal(
            "invalid",
            "La condition ne contient aucun critère : nommez au moins un paramètre de recherche.",
        )
    return await searches.matching(query, access=by, reading=reading, within=within)

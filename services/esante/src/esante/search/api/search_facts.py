"""Usage facts of searches. See `core.api.usage_facts`."""

from collections.abc import Iterable

from esante.core.api.usage_facts import SEARCHED, fact_headers, first_fact
from esante.core.domain.resource import Resource
from esante.search.domain.query.model import Query
from socle.http.problems import Headers


def search_facts(query: Query, found: Iterable[Resource]) -> Headers:
    """The header with the usage fact of a search: its first page opens a notebook if it has a note,
    and reads a reminder if it has one.

    `found`: the matches of the page. Empty without a fact.
    """
    if query.scope.resource_type not in SEARCHED or query.cursor is not None:
        return []
    return first_fact(fact_headers("search", each) for each in found)

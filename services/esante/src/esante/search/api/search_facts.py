"""What pilots may count of a search. See `core.api.usage_facts`."""

from collections.abc import Iterable

from esante.core.api.usage_facts import DOCUMENT, first_told, told
from esante.core.domain.resource import Resource
from esante.search.domain.query.model import Query
from socle.http.problems import Headers


def told_of_found(query: Query, found: Iterable[Resource]) -> Headers:
    """What to say of a search: its first page opens a notebook where a note is on it."""
    if query.scope.resource_type != DOCUMENT or query.cursor is not None:
        return []
    return first_told(told("search", each) for each in found)

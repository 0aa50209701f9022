"""search, by GET and by POST. https://hl7.org/fhir/R4/http.html#search"""

from collections.abc import Sequence
from typing import Final

from esante.core.api.fhir_request import Asked, require_json
from esante.core.api.fhir_router import Interaction
from esante.core.api.responses import Answer
from esante.core.api.views import view_of
from esante.core.domain.structures import RESOURCE_TYPES
from esante.core.flows.worker_pool import Aside
from esante.search.api.search_facts import told_of_found
from esante.search.api.searchset import searchset
from esante.search.domain.query.conditions import Reading
from esante.search.domain.query.model import Scope
from esante.search.domain.query.parse import read_pairs
from esante.search.flows.search import search
from esante.search.ports import Searches
from socle.clock import Clock
from socle.errors import Refusal

_FORM: Final = "application/x-www-form-urlencoded"


class SearchInteractions:
    """`searches`: who finds."""

    def __init__(self, searches: Searches, *, base: str, clock: Clock, aside: Aside) -> None:
        self._searches, self._base, self._clock, self._aside = searches, base, clock, aside

    def interactions(self) -> tuple[Interaction, ...]:
        """How they are asked for."""
        compartment = "{type}/{id}/{compartment}"
        return (
            Interaction("GET", "{type}", "search-type", "type", self._of_type),
            Interaction("POST", "{type}/_search", "search-type", "type", self._of_type),
            Interaction("GET", "", "search-system", "system", self._of_system),
            Interaction("POST", "_search", "search-system", "system", self._of_system),
            Interaction("GET", compartment, "search-type", "instance", self._in_compartment),
            Interaction(
                "POST", f"{compartment}/_search", "search-type", "instance", self._in_compartment
            ),
        )

    async def _of_type(self, asked: Asked) -> Answer:
        return await self._search(asked, Scope(asked.type))

    async def _of_system(self, asked: Asked) -> Answer:
        return await self._search(asked, Scope())

    async def _in_compartment(self, asked: Asked) -> Answer:
        if asked.name != "*" and asked.name not in RESOURCE_TYPES:
            raise Refusal("not_found", f"« {asked.name[:64]} » n'est pas un type de ressource.")
        resource_type = None if asked.name == "*" else asked.name
        return await self._search(asked, Scope(resource_type, (asked.type, asked.id)))

    async def _search(self, asked: Asked, scope: Scope) -> Answer:
        pairs = await self._pairs(asked)
        view = view_of(pairs)
        require_json(asked.headers.get(b"accept"), view.format)
        query, page = await search(
            pairs,
            scope,
            by=asked.access,
            searches=self._searches,
            reading=Reading(self._base, self._clock.now()),
            lenient=asked.lenient,
        )
        size = sum(len(each.text) for each in (*page.matches, *page.included))
        body = await self._aside.do(
            view.work(size), lambda: searchset(query, page, base=self._base, view=view)
        )
        return Answer(200, body, told_of_found(query, page.matches))

    async def _pairs(self, asked: Asked) -> Sequence[tuple[str, str]]:
        """Those of the address, then those of the form. Raises Refusal."""
        found = read_pairs(asked.raw_query)
        if asked.method != "POST":
            return found
        if (media := asked.content_type(_FORM)) != _FORM:
            raise Refusal("unsupported", f"Une recherche par POST est un formulaire, non {media}.")
        return [*found, *read_pairs(await asked.body())]

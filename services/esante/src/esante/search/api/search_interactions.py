"""search, by GET and by POST. https://hl7.org/fhir/R4/http.html#search"""

from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.formats import require_format
from esante.core.api.responses import FhirResponse
from esante.core.api.views import parse_view
from esante.core.domain.permissions import require_permission
from esante.core.domain.structures import RESOURCE_TYPES
from esante.core.flows.worker_pool import WorkerPool
from esante.search.api.search_facts import search_facts
from esante.search.api.searchset import searchset
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.query_parser import read_pairs
from esante.search.flows.follow_parameters import ParameterFollower
from esante.search.flows.load_codes import CodeLoader
from esante.search.flows.search import search
from esante.search.ports import Searches, SearchPage
from socle.clock import Clock
from socle.errors import Refusal


class StartAsyncSearch(Protocol):
    """Starts searches that are executed in the background."""

    async def __call__(
        self, request: FhirRequest, scope: Scope, pairs: Sequence[tuple[str, str]]
    ) -> FhirResponse | None:
        """The response, with the address of the state of the search; None if the caller does not
        prefer it, or the preference is not applied. Raises Refusal."""


_Found = FhirResponse | tuple[Query, SearchPage]
"""The response to a search in the background, else what was found."""
_FORM: Final = "application/x-www-form-urlencoded"


class SearchInteractions:
    """The interactions search-type and search-system."""

    def __init__(
        self,
        searches: Searches,
        codes: CodeLoader,
        *,
        base: str,
        clock: Clock,
        workers: WorkerPool,
        start_async: StartAsyncSearch,
        parameters: ParameterFollower,
    ) -> None:
        self._searches, self._codes, self._start_async = searches, codes, start_async
        self._base, self._clock, self._workers = base, clock, workers
        self._parameters = parameters

    def routes(self) -> tuple[Route, ...]:
        """The routes of these interactions."""
        compartment = "{type}/{id}/{compartment}"
        code, within = "search-type", self._in_compartment
        of_type, of_system = self._of_type, self._of_system
        return (
            Route("GET", "{type}", code, "type", of_type, checks_access=True),
            Route("POST", "{type}/_search", code, "type", of_type, checks_access=True),
            Route("GET", "", "search-system", "system", of_system, checks_access=True),
            Route("POST", "_search", "search-system", "system", of_system, checks_access=True),
            Route("GET", compartment, code, "instance", within, checks_access=True),
            Route("POST", f"{compartment}/_search", code, "instance", within, checks_access=True),
        )

    async def _of_type(self, request: FhirRequest) -> FhirResponse:
        return await self._search(request, Scope(request.type))

    async def _of_system(self, request: FhirRequest) -> FhirResponse:
        return await self._search(request, Scope())

    async def _in_compartment(self, request: FhirRequest) -> FhirResponse:
        if request.name != "*" and request.name not in RESOURCE_TYPES:
            raise Refusal("not_found", f"« {request.name[:64]} » n'est pas un type de ressource.")
        resource_type = None if request.name == "*" else request.name
        return await self._search(request, Scope(resource_type, (request.type, request.id)))

    async def _search(self, request: FhirRequest, scope: Scope) -> FhirResponse:
        if request.method == "POST" and scope.resource_type:
            # Before the form is read; the search checks the other types that it joins.
            require_permission(request.access, scope.resource_type, "s")
        pairs = await self._pairs(request)
        view = parse_view(pairs)
        require_format(request.headers.get(b"accept"), view.format)
        attempt = partial(self._attempt, request, scope, pairs)
        if request.lease is None:
            # An entry of a batch, which could name thousands of unknown parameters.
            found = await attempt()
        else:
            found = await self._parameters.retry_unknown(attempt, _has_ignored)
        if isinstance(found, FhirResponse):
            return found
        query, page = found
        request.touched += [("", each) for each in (*page.matches, *page.included)]
        size = sum(len(each.text) for each in (*page.matches, *page.included))
        body = await self._workers.run(
            view.processed_size(size), lambda: searchset(query, page, base=self._base, view=view)
        )
        return FhirResponse(200, body, search_facts(query, page.matches))

    async def _attempt(
        self, request: FhirRequest, scope: Scope, pairs: Sequence[tuple[str, str]]
    ) -> _Found:
        if (started := await self._start_async(request, scope, pairs)) is not None:
            return started
        return await search(
            pairs,
            scope,
            by=request.access,
            searches=self._searches,
            codes=self._codes,
            context=SearchContext(self._base, self._clock.now()),
            lenient=request.lenient,
        )

    async def _pairs(self, request: FhirRequest) -> Sequence[tuple[str, str]]:
        """The parameters of the query string, then those of the form. Raises Refusal."""
        found = read_pairs(request.raw_query)
        if request.method != "POST":
            return found
        if request.form is not None:  # a body is read once
            return request.form
        if (media := request.content_type(_FORM)) != _FORM:
            raise Refusal("unsupported", f"Une recherche par POST est un formulaire, non {media}.")
        request.form = [*found, *read_pairs(await request.body())]
        return request.form


def _has_ignored(found: _Found) -> bool:
    return not isinstance(found, FhirResponse) and bool(found[0].ignored)

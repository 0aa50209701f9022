"""The router of FHIR requests, a raw ASGI application: method and address → handler.
https://hl7.org/fhir/R4/http.html#summary
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, Protocol
from urllib.parse import unquote

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.formats import FORMAT
from esante.core.api.outcomes import render_problem
from esante.core.api.responses import FhirResponse, in_requested_format
from esante.core.domain.append_only import APPEND_ONLY, change_refused
from esante.core.domain.permissions import Access, AccessChanged, RevisionCheck
from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.core.flows.body_budget import BodyBudget
from esante.core.flows.worker_pool import WorkerPool
from socle.auth import Caller, caller_of
from socle.errors import Refusal
from socle.http import Receive, Scope, Send, of_refusal
from socle.service import Draining

PREFIX: Final = "/fhir"
ASYNC_JOBS: Final = "$async-job"
"""The first segment under the base of requests that are executed in the background."""

_META_CHANGES: Final = ("$meta-add", "$meta-delete")

Level = Literal["system", "type", "instance"]
Handler = Callable[[FhirRequest], Awaitable[FhirResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One interaction or operation at one address."""

    method: str
    path_template: str
    """The address under the base: `{type}/{id}`."""
    code: str
    """The code of the interaction in a CapabilityStatement, or `$name` of an operation."""
    level: Level
    handler: Handler
    definition: str = ""
    """The canonical of the OperationDefinition, with `{type}` for the resource type; empty for an
    interaction."""
    types: tuple[str, ...] = ()
    """The resource types it applies to; empty: all."""
    checks_access: bool = False
    """Whether the handler reads the revision of open records with what it reads (`RevisionCheck`).
    It changes nothing, and can be called again for the same request."""

    def applies_to(self, resource_type: str) -> bool:
        """Whether the route exists for that resource type."""
        return not self.types or resource_type in self.types


class RequestTracing(Protocol):
    """Traces requests."""

    async def prepare(self, request: FhirRequest, code: str) -> None:
        """Called before a request is executed. Raises Retry if it cannot be traced."""

    def record(
        self, request: FhirRequest, code: str, status: int, response: FhirResponse | None
    ) -> None:
        """Record the trace of a request. Raises Retry if it cannot be written: the response must
        not be sent. `code`: of the route. `response`: None if the request was refused."""


class FhirRouter:
    """The ASGI application under /fhir. It raises refusals; `Edge`, around it, renders them.

    `access_of`: returns the permissions of a caller. `load_access`: adds what is loaded at each
    interaction, also of a batch. `cached_access`: adds what an earlier request has loaded, for
    handlers that check it; None if there is nothing. `is_current`: checks it after a handler that
    has not. `bodies`: counts the bytes of bodies. `workers`: convert large ones from and to XML.
    `max_body`: bytes of one body; `max_bundle`: of a batch or transaction. `tracing`: traces the
    requests of identified callers; None: they are not traced.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        access_of: Callable[[Caller], Access],
        load_access: Callable[[Access], Awaitable[Access]],
        cached_access: Callable[[Access], Access | None],
        is_current: Callable[[RevisionCheck], Awaitable[bool]],
        bodies: BodyBudget,
        workers: WorkerPool,
        *,
        max_body: int,
        max_bundle: int,
        tracing: RequestTracing | None = None,
    ) -> None:
        self._tracing = tracing
        self.routes, self._access_of, self._bodies = tuple(routes), access_of, bodies
        self._load_access, self._cached_access = load_access, cached_access
        self._is_current, self._workers = is_current, workers
        self._max_body, self._max_bundle = max_body, max_bundle
        self._by_template: dict[str, dict[str, Route]] = {}
        for each in self.routes:
            of_template = self._by_template.setdefault(each.path_template, {})
            if each.method in of_template:
                raise ValueError(f"{each.method} {each.path_template} twice")
            of_template[each.method] = each

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        path = scope["raw_path"].decode("ascii")[len(PREFIX) :]
        limit = self._max_body if path.strip("/") else self._max_bundle
        lease = self._bodies.lease(caller.subject, limit)
        request = FhirRequest(
            scope["method"],
            scope["query_string"],
            dict(scope["headers"]),
            caller,
            self._access_of(caller),
            receive,
            lease,
            Draining.of(scope),
            self._workers,
        )

        def on_match(path_template: str) -> None:
            scope["route_template"] = f"{PREFIX}/{path_template}"

        try:
            response = await self.respond(request, path, on_match)
            response = await in_requested_format(response, request)
        except BaseException:
            # The form of a search can name it, and has been read.
            scope[FORMAT] = request.format
            raise
        finally:
            lease.release()
        await response.send(send)

    async def respond(
        self, request: FhirRequest, path: str, on_match: Callable[[str], None] = lambda _: None
    ) -> FhirResponse:
        """Handle a request at that path under the base. Raises Refusal.

        `on_match`: called with the path template if one matches.
        """
        path_template = _match_path(path, request)
        by_method = self._by_template.get(path_template)
        if by_method is not None:
            on_match(path_template)  # only known templates: they become labels of metrics
        if by_method is None or not any(
            each.applies_to(request.type) for each in by_method.values()
        ):
            raise Refusal("not_found", "Rien ne répond à cette adresse : voyez /fhir/metadata.")
        route = by_method.get(request.method)
        if route is None:
            raise _no_such_method(request.method, by_method)
        if request.caller.role == "anonymous" and route.code != "capabilities":
            raise Refusal("unauthenticated", "Cette adresse demande de s'identifier.")
        handler = route.handler
        if request.access.records is not None:
            cached = self._cached_access(request.access) if route.checks_access else None
            if cached is not None:
                handler = partial(self._respond_checked, handler)
            request.access = cached or await self._load_access(request.access)
        if request.type == APPEND_ONLY and _changes(request):
            handler = _refuse_change
        if self._tracing is None or request.caller.role == "anonymous":
            return await handler(request)
        return await _traced(route, handler, request, self._tracing)

    async def _respond_checked(self, handler: Handler, request: FhirRequest) -> FhirResponse:
        """Call the handler with the open records of an earlier request; again with the current ones
        if they have changed since, or if it answered without finding out."""
        check = request.access.check
        assert check is not None
        try:
            response = await handler(request)
        except AccessChanged:
            pass
        except Refusal:
            # It can be that of a search that took all its time.
            if check.passed or await self._is_current(check):
                raise
        else:
            if check.passed:
                return response
        request.touched.clear()
        request.access = await self._load_access(request.access)
        return await handler(request)


async def _refuse_change(_: FhirRequest) -> FhirResponse:
    raise change_refused()


async def _traced(
    route: Route, handler: Handler, request: FhirRequest, tracing: RequestTracing
) -> FhirResponse:
    """Execute a request and record its trace. Raises Retry instead of an untraced response."""
    await tracing.prepare(request, route.code)
    try:
        response = await handler(request)
    except Refusal as refusal:
        tracing.record(request, route.code, render_problem(of_refusal(refusal), None)[0], None)
        raise
    except BaseException:
        # What was written or read before the failure is traced as well.
        if request.touched:
            tracing.record(request, route.code, 500, None)
        raise
    tracing.record(request, route.code, response.status, response)
    return response


def _changes(request: FhirRequest) -> bool:
    # PUT can create; `prepare_update` refuses the others.
    return request.method in ("PATCH", "DELETE") or request.name in _META_CHANGES


def _no_such_method(method: str, by_method: Mapping[str, Route]) -> Refusal:
    allow = ", ".join(sorted({*by_method, *({"HEAD"} if "GET" in by_method else ())}))
    return Refusal(
        "invalid",
        f"Cette adresse n'accepte pas {method[:20]} : {allow}.",
        rule="method",
        issue="not-supported",
        allow=allow,
    )


def _match_path(path: str, request: FhirRequest) -> str:
    """The path template of an address, `?` if none matches.

    Sets `type`, `id`, `version` and `name` of the request. Raises Refusal("not_found").
    """
    parts = [unquote(each) if "%" in each else each for each in path.strip("/").split("/")]
    first = parts[0]
    if not first:
        return ""
    if first[0] in "_$" or first == "metadata":
        return _match_special(parts, request)
    if first not in RESOURCE_TYPES:
        raise Refusal(
            "not_found",
            f"« {first[:64]} » n'est pas un type de ressource de FHIR R4.",
            issue="not-supported",
        )
    request.type = first
    path_template = "{type}"
    for part in parts[1:]:
        if part[:1] in ("_", "$"):
            request.name = request.name or part
            path_template += "/" + part
        elif path_template == "{type}":
            # A PUT with such an id is answered 400 by update, which would create the resource.
            if not is_id(part) and request.method != "PUT":
                raise Refusal("not_found", f"« {part[:64]} » ne peut pas être un identifiant.")
            request.id = part
            path_template += "/{id}"
        elif path_template == "{type}/{id}":
            request.name = part
            path_template += "/{compartment}"
        elif path_template == "{type}/{id}/_history":
            request.version = part
            path_template += "/{version}"
        else:
            return "?"
    return path_template


def _match_special(parts: Sequence[str], request: FhirRequest) -> str:
    """The path template of an address that begins with no resource type, `?` if none matches.

    Sets `name` of the request, and `id` for a request in the background.
    """
    request.name = parts[-1]
    if len(parts) == 1:
        return parts[0]
    if parts[0] != ASYNC_JOBS or len(parts) > 3:
        return "?"
    request.id = parts[1]
    return f"{ASYNC_JOBS}/{{job}}" if len(parts) == 2 else f"{ASYNC_JOBS}/{{job}}/{{file}}"

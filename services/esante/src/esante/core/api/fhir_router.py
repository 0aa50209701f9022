"""The FHIR face as raw ASGI: an address and a method, the interaction that answers them.
https://hl7.org/fhir/R4/http.html#summary
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.responses import FhirResponse
from esante.core.domain.permissions import Access
from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from socle.auth import Caller, caller_of
from socle.errors import Refusal
from socle.http import Receive, Scope, Send

PREFIX: Final = "/fhir"

Level = Literal["system", "type", "instance"]
Handler = Callable[[FhirRequest], Awaitable[FhirResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One way to ask. `shape`: the address under the base, `{type}/{id}`; `code`: FHIR's word for
    it, or `$name` for an operation, whose `definition` is its canonical address ({type}: the
    type's). `types`: those that have it, none for all."""

    method: str
    path_template: str
    code: str
    level: Level
    handler: Handler
    definition: str = ""
    types: tuple[str, ...] = ()

    def applies_to(self, resource_type: str) -> bool:
        """Whether that type has it."""
        return not self.types or resource_type in self.types


class FhirRouter:
    """Answers under /fhir. Refusals are rendered by the edge around it. `access_of`: the rights of
    a caller."""

    def __init__(
        self, interactions: Iterable[Route], access_of: Callable[[Caller], Access]
    ) -> None:
        self.routes, self._access_of = tuple(interactions), access_of
        self._by_shape: dict[str, dict[str, Route]] = {}
        for each in self.routes:
            of_shape = self._by_shape.setdefault(each.path_template, {})
            if each.method in of_shape:
                raise ValueError(f"{each.method} {each.path_template} twice")
            of_shape[each.method] = each

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        request = FhirRequest(
            scope["method"],
            scope["query_string"],
            dict(scope["headers"]),
            caller,
            self._access_of(caller),
            receive,
        )
        path = scope["raw_path"].decode("ascii")[len(PREFIX) :]

        def on_match(path_template: str) -> None:
            scope["route_template"] = f"{PREFIX}/{path_template}"

        answer = await self.respond(request, path, on_match)
        await answer.send(send)

    async def respond(
        self, request: FhirRequest, path: str, on_match: Callable[[str], None] = lambda _: None
    ) -> FhirResponse:
        """What is answered at that address under the base. Raises Refusal. `located` is told the
        shape of the address where it is one that is served."""
        path_template = _match_path(path, request)
        by_method = self._by_shape.get(path_template)
        if by_method is not None:
            on_match(path_template)  # what a caller made up must be no label of the metrics
        if by_method is None or not any(
            each.applies_to(request.type) for each in by_method.values()
        ):
            raise Refusal("not_found", "Rien ne répond à cette adresse : voyez /fhir/metadata.")
        route = by_method.get(request.method)
        if route is None:
            raise _no_such_method(request.method, by_method)
        if request.caller.role == "anonymous" and route.code != "capabilities":
            raise Refusal("unauthenticated", "Cette adresse demande de s'identifier.")
        return await route.handler(request)


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
    """The shape of an address; what it names goes into `asked`. Raises Refusal("not_found")."""
    parts = [unquote(each) if "%" in each else each for each in path.strip("/").split("/")]
    first = parts[0]
    if not first:
        return ""
    if first[0] in "_$" or first == "metadata":
        request.name = first
        return first if len(parts) == 1 else "?"
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

"""The FHIR face as raw ASGI: an address and a method, the interaction that answers them.
https://hl7.org/fhir/R4/http.html#summary
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

from esante.core.api.fhir_request import Asked
from esante.core.api.responses import Answer
from esante.core.domain.permissions import Access
from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from socle.auth import Caller, caller_of
from socle.errors import Refusal
from socle.http import Receive, Scope, Send

PREFIX: Final = "/fhir"

Level = Literal["system", "type", "instance"]
Handler = Callable[[Asked], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Interaction:
    """One way to ask. `shape`: the address under the base, `{type}/{id}`; `code`: FHIR's word for
    it, or `$name` for an operation, whose `definition` is its canonical address ({type}: the
    type's). `types`: those that have it, none for all."""

    method: str
    shape: str
    code: str
    level: Level
    handler: Handler
    definition: str = ""
    types: tuple[str, ...] = ()

    def has(self, resource_type: str) -> bool:
        """Whether that type has it."""
        return not self.types or resource_type in self.types


class Face:
    """Answers under /fhir. Refusals are rendered by the edge around it. `access_of`: the rights of
    a caller."""

    def __init__(
        self, interactions: Iterable[Interaction], access_of: Callable[[Caller], Access]
    ) -> None:
        self.interactions, self._access_of = tuple(interactions), access_of
        self._by_shape: dict[str, dict[str, Interaction]] = {}
        for each in self.interactions:
            of_shape = self._by_shape.setdefault(each.shape, {})
            if each.method in of_shape:
                raise ValueError(f"{each.method} {each.shape} twice")
            of_shape[each.method] = each

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        asked = Asked(
            scope["method"],
            scope["query_string"],
            dict(scope["headers"]),
            caller,
            self._access_of(caller),
            receive,
        )
        path = scope["raw_path"].decode("ascii")[len(PREFIX) :]

        def located(shape: str) -> None:
            scope["route_template"] = f"{PREFIX}/{shape}"

        answer = await self.answer(asked, path, located)
        await answer.send(send)

    async def answer(
        self, asked: Asked, path: str, located: Callable[[str], None] = lambda _: None
    ) -> Answer:
        """What is answered at that address under the base. Raises Refusal. `located` is told the
        shape of the address where it is one that is served."""
        shape = _locate(path, asked)
        ways = self._by_shape.get(shape)
        if ways is not None:
            located(shape)  # what a caller made up must be no label of the metrics
        if ways is None or not any(each.has(asked.type) for each in ways.values()):
            raise Refusal("not_found", "Rien ne répond à cette adresse : voyez /fhir/metadata.")
        interaction = ways.get(asked.method)
        if interaction is None:
            raise _no_such_method(asked.method, ways)
        if asked.caller.role == "anonymous" and interaction.code != "capabilities":
            raise Refusal("unauthenticated", "Cette adresse demande de s'identifier.")
        return await interaction.handler(asked)


def _no_such_method(method: str, ways: Mapping[str, Interaction]) -> Refusal:
    allow = ", ".join(sorted({*ways, *({"HEAD"} if "GET" in ways else ())}))
    return Refusal(
        "invalid",
        f"Cette adresse n'accepte pas {method[:20]} : {allow}.",
        rule="method",
        issue="not-supported",
        allow=allow,
    )


def _locate(path: str, asked: Asked) -> str:
    """The shape of an address; what it names goes into `asked`. Raises Refusal("not_found")."""
    parts = [unquote(each) if "%" in each else each for each in path.strip("/").split("/")]
    first = parts[0]
    if not first:
        return ""
    if first[0] in "_$" or first == "metadata":
        asked.name = first
        return first if len(parts) == 1 else "?"
    if first not in RESOURCE_TYPES:
        raise Refusal(
            "not_found",
            f"« {first[:64]} » n'est pas un type de ressource de FHIR R4.",
            issue="not-supported",
        )
    asked.type = first
    shape = "{type}"
    for part in parts[1:]:
        if part[:1] in ("_", "$"):
            asked.name = asked.name or part
            shape += "/" + part
        elif shape == "{type}":
            if not is_id(part) and asked.method != "PUT":
                raise Refusal("not_found", f"« {part[:64]} » ne peut pas être un identifiant.")
            asked.id = part
            shape += "/{id}"
        elif shape == "{type}/{id}":
            asked.name = part
            shape += "/{compartment}"
        elif shape == "{type}/{id}/_history":
            asked.version = part
            shape += "/{version}"
        else:
            return "?"
    return shape

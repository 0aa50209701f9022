"""$lookup, $validate-code and $expand, for the terminology of R4 and for stored resources.

https://hl7.org/fhir/R4/terminology-service.html
"""

from collections.abc import Callable, Iterable, Sized
from datetime import datetime
from typing import Any, Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import (
    OperationParameters,
    make_parameters,
    operation_response,
    read_parameters,
)
from esante.core.api.responses import FhirResponse
from esante.core.domain.json_parser import JsonObject, parse_json
from esante.core.domain.resource import format_instant
from esante.core.flows.worker_pool import WorkerPool
from esante.core.ports import AdmitResource, ReadResource
from esante.terminology.api.coding_parameters import read_codings, require_codings
from esante.terminology.api.operation_routes import operation_routes
from esante.terminology.domain.concepts import (
    CodeSystem,
    Coding,
    Concept,
    ValueSet,
    parse_value_set,
)
from esante.terminology.flows.expand import PAGE, expand_value_set
from esante.terminology.flows.lookup import lookup
from esante.terminology.flows.resolver import TerminologyResolver
from esante.terminology.flows.validate_code import (
    CodeValidation,
    validate_in_code_system,
    validate_in_value_set,
)
from esante.terminology.ports import Canonicals
from socle.clock import Clock
from socle.errors import Refusal

# Accepted without effect: displayLanguage, property, includeDesignations, includeDefinition and
# activeOnly.
_CODE_PARAMETERS: Final = ("code", "system", "display", "coding", "codeableConcept")
_VALUE_SET_PARAMETERS: Final = (*_CODE_PARAMETERS, "url", "valueSet", "displayLanguage")
_CODE_SYSTEM_PARAMETERS: Final = (*_CODE_PARAMETERS, "url", "displayLanguage")
_LOOKUP_PARAMETERS: Final = ("code", "system", "coding", "displayLanguage", "property")
_EXPANSION_PARAMETERS: Final = (
    "url",
    "valueSet",
    "filter",
    "offset",
    "count",
    "displayLanguage",
    "includeDesignations",
    "includeDefinition",
    "activeOnly",
)


class TerminologyOperations:
    """The operations of code systems and value sets, at the type and at an instance."""

    def __init__(
        self,
        canonicals: Canonicals,
        *,
        read: ReadResource,
        admit: AdmitResource,
        workers: WorkerPool,
        clock: Clock,
    ) -> None:
        self._canonicals, self._read, self._admit = canonicals, read, admit
        self._workers, self._clock = workers, clock

    def routes(self) -> tuple[Route, ...]:
        """The routes of these operations."""
        return (
            *operation_routes("lookup", self._lookup, ("CodeSystem",), ("type",)),
            *operation_routes("validate-code", self._validate_code, ("CodeSystem", "ValueSet")),
            *operation_routes("expand", self._expand, ("ValueSet",)),
        )

    async def _lookup(self, request: FhirRequest) -> FhirResponse:
        parameters = await read_parameters(request, self._workers, names=_LOOKUP_PARAMETERS)
        codings = read_codings(parameters)
        if len(codings) != 1:
            raise Refusal("invalid", "Un code est attendu (code et system, ou coding).")
        system, concept = await lookup(codings[0], resolver=self._resolver(request))
        return operation_response(_lookup_parameters(system, concept), request)

    async def _validate_code(self, request: FhirRequest) -> FhirResponse:
        of_system = request.type == "CodeSystem"
        names = _CODE_SYSTEM_PARAMETERS if of_system else _VALUE_SET_PARAMETERS
        parameters = await read_parameters(request, self._workers, names=names)
        codings = require_codings(parameters)
        resolver = self._resolver(request)
        if not of_system:
            value_set = await self._value_set(request, parameters, resolver)
            validation = await validate_in_value_set(codings, value_set, resolver=resolver)
        else:
            url = await self._system_url(request, parameters, codings[0])
            validation = await validate_in_code_system(codings[0], url, resolver=resolver)
        return operation_response(_validation_parameters(validation), request)

    async def _expand(self, request: FhirRequest) -> FhirResponse:
        parameters = await read_parameters(request, self._workers, names=_EXPANSION_PARAMETERS)
        resolver = self._resolver(request)
        value_set = await self._value_set(request, parameters, resolver)
        offset, count = parameters.find_number("offset") or 0, parameters.find_number("count")
        found = await expand_value_set(
            value_set,
            resolver=resolver,
            filter_=parameters.find_text("filter") or "",
            offset=offset,
            count=PAGE if count is None else count,
        )
        return operation_response(
            _expansion_json(value_set, found.total, offset, found.contains, self._clock.now()),
            request,
        )

    def _resolver(self, request: FhirRequest) -> TerminologyResolver:
        return TerminologyResolver(self._canonicals, request.access, self._workers)

    async def _value_set(
        self, request: FhirRequest, parameters: OperationParameters, resolver: TerminologyResolver
    ) -> ValueSet:
        """The value set of the request: the instance, the one in the body, or by its canonical.

        Raises Refusal without any, or if it cannot be found, read or parsed.
        """
        if request.id:
            stored = await self._read("ValueSet", request.id, by=request.access)
            return await self._parse_with_parts(
                stored.text, lambda: parse_json(stored.text), resolver
            )
        sent = parameters.find_resource("valueSet")
        if sent is not None:
            return await self._parse_with_parts(sent.text, lambda: self._admitted(sent), resolver)
        url = parameters.find_text("url")
        if url is None:
            raise Refusal("invalid", "Un jeu de valeurs est attendu (url).", issue="required")
        found = await resolver.value_set(url.partition("|")[0])
        if found is None:
            raise Refusal("not_found", f"Le jeu de valeurs {url} n'est pas connu ici.")
        return found

    def _admitted(self, sent: JsonObject) -> dict[str, Any]:
        self._admit(sent.value, sent.text)
        return sent.value

    async def _parse_with_parts(
        self, text: Sized, resource: Callable[[], dict[str, Any]], resolver: TerminologyResolver
    ) -> ValueSet:
        """Parse a ValueSet resource and load its parts.

        `text`: its JSON, of which only the length is used. `resource`: returns its parsed JSON.
        """
        resolver.size += len(text)
        value_set = await resolver.workers.run(
            len(text), lambda: parse_value_set(_require_compose(resource()))
        )
        await resolver.load_parts(value_set)
        return value_set

    async def _system_url(
        self, request: FhirRequest, parameters: OperationParameters, coding: Coding
    ) -> str:
        if request.id:
            stored = await self._read("CodeSystem", request.id, by=request.access)
            found = await self._workers.run(len(stored.text), lambda: parse_json(stored.text))
            url = found.get("url")
        else:
            url = parameters.find_text("url") or coding.system
        if not isinstance(url, str):
            raise Refusal("invalid", "Un système de codes est attendu (url).", issue="required")
        return url.partition("|")[0]


def _require_compose(sent: dict[str, Any]) -> dict[str, Any]:
    """The same resource. Raises Refusal unless it is a ValueSet with a compose."""
    compose = sent.get("compose")
    parts = compose.get("include") if isinstance(compose, dict) else None
    if sent.get("resourceType") != "ValueSet" or not isinstance(parts, list):
        raise Refusal("invalid", "Un ValueSet qui dit de quoi il est fait (compose) est attendu.")
    return sent


def _lookup_parameters(system: CodeSystem, concept: Concept) -> dict[str, Any]:
    answer = make_parameters(
        ("name", "valueString", system.name or system.url),
        ("version", "valueString", system.version),
        ("display", "valueString", concept.display or concept.code),
        ("definition", "valueString", concept.definition),
    )
    children = [each.code for each in system.concepts.values() if concept.code in each.parents]
    for name, codes in (("parent", concept.parents), ("child", children)):
        for code in codes:
            part = [{"name": "code", "valueCode": name}, {"name": "value", "valueCode": code}]
            answer["parameter"].append({"name": "property", "part": part})
    return answer


def _validation_parameters(validation: CodeValidation) -> dict[str, Any]:
    return make_parameters(
        ("result", "valueBoolean", validation.result),
        ("message", "valueString", validation.message),
        ("display", "valueString", validation.display),
    )


def _expansion_json(
    value_set: ValueSet,
    total: int,
    offset: int,
    contains: Iterable[tuple[str, str, str | None]],
    now: datetime,
) -> dict[str, Any]:
    codes = [
        {"system": system, "code": code} | ({"display": display} if display else {})
        for system, code, display in contains
    ]
    listed: dict[str, Any] = {"timestamp": format_instant(now), "total": total, "offset": offset}
    expanded: dict[str, Any] = {"resourceType": "ValueSet", "status": "active"}
    if value_set.url:
        expanded["url"] = value_set.url
    if value_set.version:
        expanded["version"] = value_set.version
    return expanded | {"expansion": listed | ({"contains": codes} if codes else {})}

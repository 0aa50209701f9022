"""$subsumes and $translate, for code systems of R4 and stored code systems and concept maps.

https://hl7.org/fhir/R4/terminology-service.html
"""

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
from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import require_permission
from esante.core.flows.worker_pool import WorkerPool
from esante.core.ports import AdmitResource, ReadResource
from esante.terminology.api.coding_parameters import read_coding, require_codings
from esante.terminology.api.operation_routes import operation_routes
from esante.terminology.domain.concept_maps import (
    UNMATCHED,
    ConceptMap,
    Translation,
    parse_concept_map,
)
from esante.terminology.flows.resolver import TerminologyResolver
from esante.terminology.flows.subsumes import subsumes
from esante.terminology.flows.translate import translate
from esante.terminology.ports import Canonicals
from socle.errors import Refusal

_SUBSUMES: Final = ("codeA", "codeB", "system", "version", "codingA", "codingB", "url")
_TRANSLATE: Final = (
    *("url", "conceptMap", "code", "system", "version", "coding", "codeableConcept"),
    *("source", "target", "targetsystem", "reverse", "display"),
)
_CHARACTERS: Final = 200
"""Of one translation in the response."""


class MappingOperations:
    """The operations that relate codes to other codes, at the type and at an instance."""

    def __init__(
        self,
        canonicals: Canonicals,
        *,
        read: ReadResource,
        admit: AdmitResource,
        workers: WorkerPool,
    ) -> None:
        self._canonicals, self._read = canonicals, read
        self._admit, self._workers = admit, workers

    def routes(self) -> tuple[Route, ...]:
        """The routes of these operations."""
        return (
            *operation_routes("subsumes", self._subsumes, ("CodeSystem",)),
            *operation_routes("translate", self._translate, ("ConceptMap",)),
        )

    async def _subsumes(self, request: FhirRequest) -> FhirResponse:
        parameters = await read_parameters(request, self._workers, names=_SUBSUMES)
        one, system_a = _named_code(parameters, "A")
        other, system_b = _named_code(parameters, "B")
        url = parameters.find_text("system") or system_a or parameters.find_text("url")
        if request.id:
            stored = await self._read("CodeSystem", request.id, by=request.access)
            found = await self._workers.run(len(stored.text), lambda: parse_json(stored.text))
            url = str(found.get("url", ""))
        if not url:
            raise Refusal("invalid", "Un système de codes est attendu (system).", issue="required")
        if {system_a, system_b} - {None, "", url}:
            raise Refusal("invalid", f"Les deux codes sont attendus dans le système {url}.")
        outcome = await subsumes(
            url.partition("|")[0], one, other, resolver=self._resolver(request)
        )
        return operation_response(make_parameters(("outcome", "valueCode", outcome)), request)

    async def _translate(self, request: FhirRequest) -> FhirResponse:
        require_permission(request.access, "ConceptMap", "r")
        parameters = await read_parameters(request, self._workers, names=_TRANSLATE)
        codings = require_codings(parameters)
        resolver = self._resolver(request)
        concept_map = await self._concept_map(request, parameters, resolver)
        found = await translate(
            codings,
            concept_map,
            target=parameters.find_text("targetsystem"),
            resolver=resolver,
            reverse=_is_true(parameters, "reverse"),
        )
        return await self._workers.run(
            _CHARACTERS * len(found),
            lambda: operation_response(_translation_parameters(found), request),
        )

    def _resolver(self, request: FhirRequest) -> TerminologyResolver:
        return TerminologyResolver(self._canonicals, request.access, self._workers)

    async def _concept_map(
        self, request: FhirRequest, parameters: OperationParameters, resolver: TerminologyResolver
    ) -> ConceptMap:
        """The map of the request: the instance, the one in the body, or by its canonical.

        Raises Refusal without any, or if it cannot be found, read or parsed.
        """
        if request.id:
            stored = await self._read("ConceptMap", request.id, by=request.access)
            return await self._workers.run(
                len(stored.text), lambda: parse_concept_map(parse_json(stored.text))
            )
        sent = parameters.find_resource("conceptMap")
        if sent is not None:

            def admitted() -> ConceptMap:
                self._admit(sent.value, sent.text)
                return parse_concept_map(sent.value)

            return await self._workers.run(len(sent.text), admitted)
        url = parameters.find_text("url")
        if url is None:
            raise Refusal("invalid", "Une table de correspondance est attendue (url).")
        found = await resolver.concept_map(url.partition("|")[0])
        if found is None:
            raise Refusal("not_found", f"La table de correspondance {url} n'est pas connue ici.")
        return found


def _named_code(parameters: OperationParameters, which: str) -> tuple[str, str | None]:
    """The code and the system of `codingA` or `codeA`. Raises Refusal without either."""
    sent = parameters.find_object(f"coding{which}")
    if sent is not None:
        coding = read_coding(sent)
        if coding.code is not None:
            return coding.code, coding.system
    code = parameters.find_text(f"code{which}")
    if code is None:
        raise Refusal("invalid", f"Un code est attendu (code{which}).", issue="required")
    return code, None


def _is_true(parameters: OperationParameters, name: str) -> bool:
    """A boolean parameter; false without it. Raises Refusal if it is none."""
    values = parameters.values.get(name, [False])
    if values[0] not in (True, False, "true", "false"):
        raise Refusal("invalid", f"Le paramètre « {name} » attend true ou false.")
    return values[0] in (True, "true")


def _translation_parameters(found: tuple[Translation, ...]) -> dict[str, Any]:
    result = any(each.coding is not None and each.equivalence not in UNMATCHED for each in found)
    message = None if result else "Cette table n'a pas de correspondance pour ce code."
    answer = make_parameters(
        ("result", "valueBoolean", result), ("message", "valueString", message)
    )
    for each in found:
        parts: list[dict[str, Any]] = [{"name": "equivalence", "valueCode": each.equivalence}]
        if each.coding is not None:
            members = {
                "system": each.coding.system,
                "code": each.coding.code,
                "display": each.coding.display,
            }
            coding = {name: value for name, value in members.items() if value}
            parts.append({"name": "concept", "valueCoding": coding})
        if each.source:
            parts.append({"name": "source", "valueUri": each.source})
        answer["parameter"].append({"name": "match", "part": parts})
    return answer

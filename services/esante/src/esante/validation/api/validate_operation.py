"""$validate. https://hl7.org/fhir/R4/resource-operation-validate.html"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import (
    OperationParameters,
    operation_response,
    read_parameters,
)
from esante.core.api.responses import FhirResponse
from esante.core.domain.json_parser import JsonObject
from esante.core.domain.json_parser import parse_object as read_text
from esante.core.domain.outcome import Issue, operation_outcome
from esante.core.domain.permissions import require_permission
from esante.core.flows.worker_pool import WorkerPool
from esante.core.ports import ReadResource
from esante.terminology.flows.resolver import TerminologyResolver
from esante.terminology.ports import Canonicals
from esante.validation.domain.findings import only_errors
from esante.validation.domain.profiles.bound_codes import BoundCodes
from esante.validation.domain.profiles.conformance import FindProfile
from esante.validation.domain.profiles.known_profiles import find_profile
from esante.validation.flows.stored_codes import load_codes
from esante.validation.flows.stored_definitions import PROFILE_SIZE, StoredDefinitions
from esante.validation.flows.validate import (
    Validator,
    claimed_profiles,
    conclude,
    limit_issues,
)
from socle.errors import Refusal

_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
_MODES: Final = (None, "create", "update", "delete", "profile")


class ValidateOperation:
    """The operation $validate, at a type and at an instance."""

    def __init__(
        self,
        validator: Validator,
        definitions: Canonicals,
        *,
        read: ReadResource,
        workers: WorkerPool,
    ) -> None:
        self._validator, self._definitions = validator, definitions
        self._read, self._workers = read, workers

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return (
            Route("POST", "{type}/$validate", "$validate", "type", self._of_type, _DEFINITION),
            Route(
                "POST",
                "{type}/{id}/$validate",
                "$validate",
                "instance",
                self._of_instance,
                _DEFINITION,
            ),
        )

    async def _of_type(self, request: FhirRequest) -> FhirResponse:
        _require_any_permission(request)
        parameters = await read_parameters(
            request, self._workers, names=("resource", "mode", "profile")
        )
        mode = _mode(parameters)
        resource = parameters.find_resource("resource")
        if resource is None:
            raise Refusal("invalid", "Une ressource est attendue (paramètre « resource »).")
        found, find = await self._validate(resource, parameters, request)
        if mode == "update" and "id" not in resource.value:
            found.append(_error("required", f"{request.type}.id", "Une mise à jour dit son id."))
        return _response(found, resource, parameters, request, find)

    async def _of_instance(self, request: FhirRequest) -> FhirResponse:
        stored = await self._read(request.type, request.id, by=request.access)
        parameters = await read_parameters(
            request, self._workers, names=("resource", "mode", "profile")
        )
        mode = _mode(parameters)
        resource = parameters.find_resource("resource")
        if mode == "delete":
            words = f"Aucune règle ne s’oppose à la suppression de {request.type}/{request.id}."
            return _outcome([Issue("information", "informational", words)], request)
        if resource is None:
            size = len(stored.text)
            parsed = await self._workers.run(size, lambda: read_text(stored.text))
            found, find = await self._validate(parsed, parameters, request)
            return _response(found, parsed, parameters, request, find)
        found, find = await self._validate(resource, parameters, request)
        if resource.value.get("id") != request.id:
            found.append(_error("value", f"{request.type}.id", f"L'adresse dit {request.id}."))
        return _response(found, resource, parameters, request, find)

    async def _validate(
        self, resource: JsonObject, parameters: OperationParameters, request: FhirRequest
    ) -> tuple[list[Issue], FindProfile]:
        """The issues of a resource, and how the profiles it was compared to are found."""
        resource_type = resource.value.get("resourceType")
        if resource_type != request.type:
            words = f"L'adresse attend {request.type}, pas {resource_type}."
            return [_error("value", request.type, words)], find_profile
        profiles = parameters.list_texts("profile")
        stored = StoredDefinitions(self._definitions, request.access, self._workers)
        await stored.load_profiles([*profiles, *claimed_profiles(resource.value)])
        questionnaire = await stored.load_questionnaire(resource.value)
        # What callers wrote into profiles can take long for a resource of any length.
        size = max(len(resource.text), PROFILE_SIZE if stored.has_profiles else 0)
        found = await self._workers.run(
            len(resource.text), lambda: self._base_issues(resource, questionnaire)
        )
        codes = BoundCodes()
        compare = partial(self._profile_issues, resource, profiles, stored, codes)
        compared = await self._workers.run(size, compare)
        resolver = TerminologyResolver(self._definitions, request.access, self._workers)
        if codes.undecided and await load_codes(codes, resolver):
            compared = await self._workers.run(max(size, resolver.size), compare)
        return list(dict.fromkeys([*found, *compared])), stored.find

    def _base_issues(
        self, resource: JsonObject, questionnaire: Mapping[str, Any] | None
    ) -> list[Issue]:
        found = self._validator.findings(resource.value, resource.text, thorough=True)
        if questionnaire is not None:
            found += self._validator.check_answers(resource.value, questionnaire)
        return found

    def _profile_issues(
        self,
        resource: JsonObject,
        profiles: list[str],
        stored: StoredDefinitions,
        codes: BoundCodes,
    ) -> list[Issue]:
        check = partial(
            self._validator.check_profiles, resource.value, find=stored.find, codes=codes
        )
        others = [url for url in claimed_profiles(resource.value) if url not in profiles]
        return [*check(profiles, required=True), *check(others)]


def _require_any_permission(request: FhirRequest) -> None:
    """Raises Refusal unless the caller can read, create or update that type."""
    if not any(request.access.permitted(request.type, each) for each in ("r", "u")):
        require_permission(request.access, request.type, "c")


def _mode(parameters: OperationParameters) -> str | None:
    mode = parameters.find_text("mode")
    if mode not in _MODES:
        raise Refusal("invalid", f"« {str(mode)[:40]} » n'est pas un mode.")
    return mode


def _error(code: str, place: str, sentence: str) -> Issue:
    return Issue("error", code, sentence, (place,))


def _response(
    found: list[Issue],
    resource: JsonObject,
    parameters: OperationParameters,
    request: FhirRequest,
    find: FindProfile,
) -> FhirResponse:
    """The issues; first a conclusion, if none is an error."""
    if only_errors(found):
        return _outcome(found, request)
    profiles = [*parameters.list_texts("profile"), *claimed_profiles(resource.value)]
    return _outcome([conclude(resource.value, profiles, find), *found], request)


def _outcome(issues: list[Issue], request: FhirRequest) -> FhirResponse:
    return operation_response(operation_outcome(limit_issues(issues)), request)

"""Patient/$merge. https://hl7.org/fhir/R5/patient-operation-merge.html"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import (
    OperationParameters,
    operation_view,
    read_parameters,
)
from esante.core.api.responses import FhirResponse
from esante.core.api.views import indent_json
from esante.core.domain.json_parser import JsonObject
from esante.core.domain.json_rewrite import to_json
from esante.core.domain.outcome import Issue, operation_outcome
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.merge_patients import (
    HasOpenEmergency,
    Merge,
    Merged,
    NamedPatient,
    merge_patients,
)
from esante.interactions.flows.prepare_write import PATIENT
from esante.search.domain.search_extractors.references import local_target
from socle.errors import Refusal

_CODE: Final = "$merge"
_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Patient-merge"
_SOURCE, _TARGET, _RESULT, _PREVIEW = (
    "source-patient",
    "target-patient",
    "result-patient",
    "preview",
)
_IDENTIFIER: Final = "-identifier"
_MEMBERS: Final = {
    _SOURCE: "valueReference",
    _SOURCE + _IDENTIFIER: "valueIdentifier",
    _TARGET: "valueReference",
    _TARGET + _IDENTIFIER: "valueIdentifier",
    _RESULT: "resource",
    _PREVIEW: "valueBoolean",
}
"""The parameters, and where their values are."""
_MAX_IDENTIFIERS: Final = 20


class MergeOperation:
    """The operation that merges two patients."""

    def __init__(self, dependencies: Dependencies, has_open_emergency: HasOpenEmergency) -> None:
        self._dependencies, self._has_open_emergency = dependencies, has_open_emergency

    def routes(self) -> tuple[Route, ...]:
        """The route of the operation."""
        path = "{type}/" + _CODE
        return (Route("POST", path, _CODE, "type", self._handle, _DEFINITION, (PATIENT,)),)

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        parameters = await read_parameters(request, self._dependencies.workers, names=_MEMBERS)
        view, base = operation_view(request), self._dependencies.base
        merge = Merge(
            _named_patient(parameters, _SOURCE, base),
            _named_patient(parameters, _TARGET, base),
            parameters.find_resource(_RESULT),
            _is_preview(parameters),
        )

        # Both are traced, also if the merge is refused.
        def trace(found: Any) -> None:
            request.touched[:] = [("", each) for each in found]

        merged = await merge_patients(
            merge,
            by=request.access,
            dependencies=self._dependencies,
            has_open_emergency=self._has_open_emergency,
            on_found=trace,
        )
        if not merge.preview:
            trace((merged.source, merged.target))
        # How much was moved includes what a professional does not see.
        sentence = _sentence(merge, merged if request.access.records is None else None)
        body = _render(parameters, sentence, merged)
        return FhirResponse(200, indent_json(body.decode()).encode() if view.pretty else body)


def _named_patient(parameters: OperationParameters, name: str, base: str) -> NamedPatient:
    reference = parameters.find_object(name)
    own = None
    if reference is not None:
        text = reference.get("reference")
        found = local_target(text, base) if isinstance(text, str) else None
        if found is None or found[0] != PATIENT:
            raise Refusal(
                "invalid", f"« {name} » est une référence à un patient d'ici.", parameter=name
            )
        own = found[1]
    identifiers = parameters.values.get(name + _IDENTIFIER, [])
    if len(identifiers) > _MAX_IDENTIFIERS or not all(map(_is_complete, identifiers)):
        raise Refusal(
            "invalid",
            f"« {name}{_IDENTIFIER} » est un identifiant avec system et value, {_MAX_IDENTIFIERS}"
            " fois au plus.",
            parameter=name + _IDENTIFIER,
        )
    return NamedPatient(own, identifiers)


def _is_complete(identifier: Any) -> bool:
    return isinstance(identifier, dict) and all(
        isinstance(identifier.get(each), str) and identifier[each] for each in ("system", "value")
    )


def _is_preview(parameters: OperationParameters) -> bool:
    value = parameters.values.get(_PREVIEW, [False])[0]
    if value not in (True, False, "true", "false"):
        raise Refusal("invalid", "« preview » attend true ou false.", parameter=_PREVIEW)
    return value in (True, "true")


def _sentence(merge: Merge, merged: Merged | None) -> str:
    if merge.preview:
        count = "" if merged is None else f" {merged.moved} ressources changeraient de dossier."
        return f"La fusion est possible, rien n'est écrit.{count}"
    count = "" if merged is None else f" {merged.moved} ressources ont changé de dossier."
    return f"Les dossiers sont fusionnés, la source est inactive.{count}"


def _render(parameters: OperationParameters, sentence: str, merged: Merged) -> bytes:
    """The Parameters of the answer, with the Patient as it is stored."""
    sent = b",".join(_rendered(parameters.values))
    outcome = orjson.dumps(operation_outcome([Issue("information", "informational", sentence)]))
    resources = (
        ("input", b'{"resourceType":"Parameters","parameter":[' + sent + b"]}"),
        ("outcome", outcome),
        ("result", merged.target.text),
    )
    listed = b",".join(b'{"name":"%s","resource":%s}' % (n.encode(), t) for n, t in resources)
    return b'{"resourceType":"Parameters","parameter":[' + listed + b"]}"


def _rendered(values: Mapping[str, list[Any]]) -> Iterator[bytes]:
    """The JSON of each parameter that was sent."""
    for name, listed in values.items():
        for value in listed if name in _MEMBERS else ():
            text = value.text if isinstance(value, JsonObject) else to_json(value)
            yield f'{{"name":"{name}","{_MEMBERS[name]}":{text}}}'.encode()

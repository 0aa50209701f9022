"""$meta, $meta-add and $meta-delete of a resource.

https://hl7.org/fhir/R4/resource-operation-meta.html
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import (
    make_parameters,
    operation_response,
    read_parameters,
)
from esante.core.api.responses import FhirResponse, version_headers
from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import require_permission
from esante.core.domain.resource import Resource
from esante.interactions.api.preconditions import read_precondition
from esante.interactions.domain.meta_labels import (
    MetaChange,
    add_labels,
    delete_labels,
    read_labels,
)
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.patch import Patch, patch
from esante.interactions.flows.read import read

_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Resource-meta"


class MetaOperations:
    """The operations on the labels of one resource. A change writes a new version, so that the
    history states who could see the resource when; an unchanged one does not."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operations."""
        path = "{type}/{id}/$meta"
        return (
            Route("GET", path, "$meta", "instance", self._read, _DEFINITION),
            *(
                Route(
                    "POST",
                    f"{path}-{name}",
                    f"$meta-{name}",
                    "instance",
                    partial(self._change, change),
                    f"{_DEFINITION}-{name}",
                )
                for name, change in (("add", add_labels), ("delete", delete_labels))
            ),
        )

    async def _read(self, request: FhirRequest) -> FhirResponse:
        require_permission(request.access, request.type, "r")
        await read_parameters(request, self._dependencies.workers, names=())
        found = await read(
            request.type, request.id, by=request.access, dependencies=self._dependencies
        )
        return await self._response(found, request)

    async def _change(self, change: MetaChange, request: FhirRequest) -> FhirResponse:
        dependencies = self._dependencies
        precondition = read_precondition(request, required=dependencies.if_match_required)
        require_permission(request.access, request.type, "u")
        parameters = await read_parameters(request, dependencies.workers, names=("meta",))
        labels = read_labels(parameters.find_object("meta"))
        made, _ = await patch(
            Patch(partial(_with_meta, change, labels), len(str(labels))),
            request.type,
            request.id,
            by=request.access,
            dependencies=dependencies,
            precondition=precondition,
        )
        return await self._response(made, request)

    async def _response(self, found: Resource, request: FhirRequest) -> FhirResponse:
        value = await self._dependencies.workers.run(
            len(found.text), lambda: parse_json(found.text)
        )
        answer = operation_response(
            make_parameters(("return", "valueMeta", value["meta"])), request
        )
        answer.headers += version_headers(found.version, found.updated)
        return answer


def _with_meta(
    change: MetaChange, labels: Mapping[str, Any], resource: dict[str, Any]
) -> dict[str, Any]:
    return {**resource, "meta": change(resource.get("meta", {}), labels)}

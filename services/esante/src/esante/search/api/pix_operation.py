"""Patient/$ihe-pix: the other identifiers of the patient who has one.

IHE PIXm, ITI-83. https://profiles.ihe.net/ITI/PIXm/ITI-83.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import (
    OperationParameters,
    operation_response,
    read_parameters,
)
from esante.core.api.responses import FhirResponse
from esante.core.domain.json_values import objects_in
from esante.core.domain.permissions import Access, require_permission
from esante.core.domain.resource import Resource
from esante.search.api.patient_operation import RecordAccess
from esante.search.domain.patient_matching import identifier_criterion
from esante.search.domain.query.limits import too_costly
from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import parse_query
from socle.errors import Refusal

_CODE: Final = "$ihe-pix"
_DEFINITION: Final = "https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix"
_MOST: Final = 100
"""Patients with one identifier."""
_REPLACED: Final = "replaced-by"


class PixOperation:
    """The operation $ihe-pix of patients."""

    def __init__(self, record: RecordAccess) -> None:
        self._record = record

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return tuple(
            Route(each, "{type}/" + _CODE, _CODE, "type", self._handle, _DEFINITION, ("Patient",))
            for each in ("GET", "POST")
        )

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        require_permission(request.access, "Patient", "s")
        names = ("sourceIdentifier", "targetSystem")
        parameters = await read_parameters(request, self._record.workers, names=names)
        source = _source_identifier(parameters)
        found = await self._find(source, request.access)
        if not found:
            raise Refusal("not_found", "Aucun patient que vous voyez n'a cet identifiant.")
        request.touched += [("", each) for each in found]
        value = await self._record.workers.run(
            sum(len(each.text) for each in found),
            lambda: _cross_references(found, source, set(parameters.list_texts("targetSystem"))),
        )
        return operation_response(value, request)

    async def _find(self, source: tuple[str, str], by: Access) -> Sequence[Resource]:
        """The patients with that identifier whom the caller may search."""
        context = self._record.context()
        pairs = [("identifier", identifier_criterion(*source)), ("_count", str(_MOST))]
        query = parse_query(pairs, Scope("Patient"), context=context)
        page = await self._record.searches.search(query, access=by, context=context)
        if page.next_cursor is not None:
            raise too_costly(f"Plus de {_MOST} patients ont cet identifiant.")
        return page.matches


def _source_identifier(parameters: OperationParameters) -> tuple[str, str]:
    """The system and the value of `sourceIdentifier`, a token or an Identifier. Raises Refusal."""
    values = parameters.values.get("sourceIdentifier", [])
    one = values[0] if len(values) == 1 else None
    system, value = None, None
    if isinstance(one, str):
        system, _, value = one.partition("|")
    elif isinstance(one, dict):
        system, value = one.get("system"), one.get("value")
    if not (isinstance(system, str) and isinstance(value, str) and system and value):
        raise Refusal(
            "invalid",
            "« sourceIdentifier » vient une fois et s'écrit système|valeur.",
            issue="required",
            parameter="sourceIdentifier",
        )
    return system, value


def _cross_references(
    found: Sequence[Resource], source: tuple[str, str], systems: set[str]
) -> dict[str, Any]:
    """The Parameters. `systems`: of the identifiers that are returned; empty: all."""
    people = [(each.id, orjson.loads(each.text)) for each in found]
    listed = list(_identifiers((value for _, value in people), source, systems))
    parameters = [{"name": "targetIdentifier", "valueIdentifier": each} for each in listed]
    for own, value in people:
        # The record that a merge has closed is not where the patient is followed.
        if not any(each.get("type") == _REPLACED for each in objects_in(value.get("link"))):
            reference = {"reference": f"Patient/{own}"}
            parameters.append({"name": "targetId", "valueReference": reference})
    return {"resourceType": "Parameters"} | ({"parameter": parameters} if parameters else {})


def _identifiers(
    people: Iterable[Mapping[str, Any]], source: tuple[str, str], systems: set[str]
) -> Iterator[Mapping[str, Any]]:
    """Each identifier once, without the one that was sent."""
    seen = {source}
    for person in people:
        for each in objects_in(person.get("identifier")):
            key = str(each.get("system")), str(each.get("value"))
            if key in seen or (systems and key[0] not in systems):
                continue
            seen.add(key)
            yield each

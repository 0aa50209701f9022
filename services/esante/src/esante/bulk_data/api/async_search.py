"""A search that is executed in the background: `Prefer: respond-async`.

It is an export of the resources that it finds, with the same state, files and limits.
https://hl7.org/fhir/R4/async.html
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from esante.bulk_data.api.export_operation import ExportDependencies, start_export
from esante.bulk_data.domain.export_access import has_search_beyond_patient
from esante.bulk_data.domain.export_request import ExportRequest, read_elements
from esante.core.api.fhir_request import FhirRequest
from esante.core.api.responses import FhirResponse
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.domain.query.result_parameters import RESULT
from socle.errors import Refusal

_PREFERENCE: Final = "respond-async"
_NOT_CRITERIA: Final = frozenset({"_elements", "_format", "_pretty", "_type"})
_PAGE_PARAMETERS: Final = (RESULT | {"_summary"}) - _NOT_CRITERIA


class AsyncSearch:
    """Implements `StartAsyncSearch`."""

    def __init__(self, dependencies: ExportDependencies) -> None:
        self._dependencies = dependencies

    async def __call__(
        self, request: FhirRequest, scope: Scope, pairs: Sequence[tuple[str, str]]
    ) -> FhirResponse | None:
        if _PREFERENCE not in request.prefer or request.lease is None:
            return None
        if scope.compartment is not None or not has_search_beyond_patient(request.access):
            return None
        given, caller = self._dependencies, request.caller
        context = SearchContext(given.base, given.clock.now())
        _check_parameters(pairs)
        query = parse_query(pairs, scope, context=context)
        types = tuple(resource_type for resource_type, _ in query.criteria)
        criteria = [pair for pair in pairs if pair[0] not in _NOT_CRITERIA]
        encoded = urlencode(criteria)
        address = f"{given.base}/{scope.path}".rstrip("/")
        raw = f"?{request.raw_query.decode('latin-1')}" if request.raw_query else ""
        export = ExportRequest(
            url=address + raw,
            level="system",
            role=caller.role,
            scopes=tuple(sorted(caller.scopes)),
            record=caller.patient,
            types=types if query.named else (),
            filters=tuple(f"{each}?{encoded}" for each in types) if criteria else (),
            elements=read_elements([value for name, value in pairs if name == "_elements"]),
        )
        answer = await start_export(export, request, given, context)
        answer.headers.append((b"preference-applied", _PREFERENCE.encode()))
        return answer


def _check_parameters(pairs: Sequence[tuple[str, str]]) -> None:
    """Raises Refusal for parameters that only pages have."""
    for name, _ in pairs:
        if name.partition(":")[0] in _PAGE_PARAMETERS:
            raise Refusal(
                "invalid",
                f"« {name} » ne s'applique pas à une recherche en arrière-plan (respond-async), "
                "dont le résultat est un fichier NDJSON par type.",
                issue="not-supported",
                parameter=name,
            )

"""The routes of a terminology operation. https://hl7.org/fhir/R4/terminology-service.html"""

from collections.abc import Sequence
from typing import Final

from esante.core.api.fhir_router import Handler, Level, Route

_PATHS: Final[dict[Level, str]] = {"type": "{type}", "instance": "{type}/{id}"}


def operation_routes(
    name: str,
    handler: Handler,
    types: tuple[str, ...],
    levels: Sequence[Level] = ("type", "instance"),
) -> tuple[Route, ...]:
    """GET and POST at each of the levels. `name`: without `$`; `types`: of resources."""
    return tuple(
        Route(
            method,
            f"{_PATHS[level]}/${name}",
            f"${name}",
            level,
            handler,
            f"http://hl7.org/fhir/OperationDefinition/{{type}}-{name}",
            types,
        )
        for level in levels
        for method in ("GET", "POST")
    )

"""What the OpenAPI document states of the interactions and operations of one code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from esante.core.api.fhir_router import Level

HTTP: Final = "https://hl7.org/fhir/R4/http.html#"
"""The clauses of interactions."""
VIEW: Final = ("Summary", "Elements", "Pretty")
"""The parameters of a view."""
AFTER_UPDATE: Final = "L’exemple suppose que celui de `PUT /fhir/{type}/{id}` a été envoyé avant."
NO_TRACE: Final = "Une trace (AuditEvent) ne se modifie pas et ne se supprime pas (405)."
STORED_EXAMPLE: Final = "L’exemple suppose que cette ressource est enregistrée sous `exemple`."
EXAMPLE_PATIENT: Final[Mapping[str, Any]] = {
    "resourceType": "Patient",
    "id": "exemple",
    "name": [{"family": "Essai", "given": ["Ada"]}],
    "birthDate": "1974-12-25",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationText:
    """The documentation of the routes of one code at one level."""

    summary: str
    """In French."""
    description: str
    """In French."""
    clause: str
    """The address of the clause of the standard."""
    scopes: str
    """The letters of the SMART scope that it requires (`cruds`); empty: none."""
    levels: tuple[str, ...] = ("user", "patient", "system")
    """The levels of SMART scopes that give it to someone."""
    returned: str
    """The schema of a success; empty: no body."""
    media: str = "application/fhir+json"
    """The media type of a success."""
    operation_id: str
    """Unique in the API of the platform: generated clients have a function of that name."""
    tag: str
    """The group of operations, a key of `TAGS`."""
    parameters: tuple[str, ...] = ()
    """Components, besides those of the path."""
    query: Mapping[str, str] | None = None
    """Example of the parameters of a GET, which a POST sends as a form or as a Parameters
    resource."""
    body: Any = None
    """Example of the resource that is sent."""
    statuses: tuple[str, ...] = ("200",)
    """The statuses of a success."""


TAGS: Final[Mapping[str, str]] = {
    "fhir-server": "Serveur",
    "fhir-resources": "Ressources",
    "fhir-search": "Recherche",
    "fhir-subscriptions": "Abonnements",
    "fhir-history": "Historique",
    "fhir-bulk-data": "Export en masse",
    "fhir-validation": "Vérification",
    "fhir-terminology": "Terminologie",
}
"""The groups of the API reference, with the French names that its pages display."""

OperationTexts = Mapping[tuple[str, Level], OperationText]
"""By code and level of a route."""

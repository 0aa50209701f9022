"""The components of the OpenAPI document: parameters and schemas that operations share."""

from typing import Any, Final

from esante.core.domain.structures import RESOURCE_TYPES

SCHEME: Final = "smart"
"""The security scheme of all operations: a bearer token with SMART scopes."""


def _resource(name: str | None, **members: Any) -> dict[str, Any]:
    resource_type = {"type": "string"} if name is None else {"const": name}
    return {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": resource_type, **members},
    }


def _query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema or {"type": "string"},
    }


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string"},
    }


def _path(
    name: str, description: str, example: str | None = None, schema: dict[str, Any] | None = None
) -> dict[str, Any]:
    parameter = {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema or {"type": "string"},
    }
    return parameter if example is None else parameter | {"example": example}


_OBJECTS: Final = {"type": "array", "items": {"type": "object"}}
_PARAMETERS: Final[dict[str, Any]] = {
    "Type": _path(
        "type",
        "Le type de ressource",
        "Patient",
        {"$ref": "#/components/schemas/ResourceType"},
    ),
    "Id": _path(
        "id",
        "L’identifiant de la ressource",
        "exemple",
        {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
    ),
    "Version": _path("version", "Le numéro de version", "1", {"type": "string"}),
    "Compartment": _path(
        "compartment",
        "Le type des ressources cherchées, ou `*` pour tous",
        "Observation",
        {"type": "string"},
    ),
    "Job": _path("job", "L’export, dans l’adresse que Content-Location a donnée"),
    "File": _path("file", "Le nom d’un fichier, dans la liste que l’état de l’export donne"),
    "Criteria": {
        "name": "criteria",
        "in": "query",
        "style": "form",
        "explode": True,
        "description": "Les critères de recherche, un paramètre chacun : `family=essai`. Ceux de"
        " chaque type sont dans `/fhir/metadata`.",
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "Types": _query("_type", "Les types cherchés, séparés par des virgules"),
    "Sort": _query("_sort", "L’ordre : un critère, ou plusieurs ; `-` devant, à l’envers"),
    "Count": _query("_count", "Le nombre de ressources par page", type="integer", minimum=1),
    "Total": _query("_total", "`accurate` : compter toutes les réponses"),
    "Include": _query("_include", "Joindre les ressources citées : `Observation:patient`"),
    "RevInclude": _query("_revinclude", "Joindre les ressources qui citent celles trouvées"),
    "Summary": _query(
        "_summary",
        "Une partie des ressources",
        type="string",
        enum=["true", "text", "data", "count", "false"],
    ),
    "Elements": _query("_elements", "Ces éléments seulement, séparés par des virgules"),
    "Pretty": _query("_pretty", "`true` : une réponse en plusieurs lignes"),
    "Since": _query("_since", "Ce qui a été écrit depuis cette date"),
    "At": _query("_at", "Les versions courantes à cette date"),
    "Cursor": _query("_cursor", "La page suivante : suivez le lien `next` de la réponse"),
    "Start": _query("start", "Les soins à partir de cette date"),
    "End": _query("end", "Les soins jusqu’à cette date"),
    "Mode": _query(
        "mode",
        "L’usage prévu",
        type="string",
        enum=["create", "update", "delete", "profile"],
    ),
    "Profile": _query("profile", "L’adresse canonique d’un profil à respecter"),
    "IfMatch": _header("If-Match", 'La version que vous remplacez, lue dans ETag : `W/"1"`'),
    "IfNoneMatch": _header("If-None-Match", "La version que vous avez déjà : réponse 304"),
    "IdempotencyKey": _header(
        "Idempotency-Key",
        "Une clé de votre choix, gardée 24 h : la même demande, envoyée à nouveau avec elle, reçoit"
        " la même réponse sans être exécutée deux fois",
    ),
    "IfNoneExist": _header("If-None-Exist", "Créer seulement si rien ne répond à ces critères"),
    "PreferAsync": _header("Prefer", "`respond-async` : obligatoire")
    | {"required": True, "example": "respond-async"},
    "PreferSearch": _header(
        "Prefer",
        "`respond-async` : chercher en arrière-plan, la réponse (202) donne l’adresse de l’état ;"
        " `handling=lenient` : ignorer les paramètres inconnus",
    ),
    "OutputFormat": _query("_outputFormat", "`application/fhir+ndjson`, le seul format produit"),
    "LastEventId": _header("Last-Event-ID", "Le numéro du dernier événement reçu"),
    "EventsSince": _query(
        "eventsSinceNumber",
        "Commencer par cet événement ; 1 : tous ceux qui sont encore stockés",
        type="integer",
    ),
    "Until": _query("_until", "Ce qui a été écrit avant cet instant"),
    "TypeFilter": _query("_typeFilter", "Une recherche d’un type : `Observation?status=final`"),
    "Prefer": _header("Prefer", "`return=minimal`, `representation` ou `OperationOutcome`"),
}

COMPONENTS: Final[dict[str, Any]] = {
    "securitySchemes": {SCHEME: {"type": "http", "scheme": "bearer"}},
    "parameters": _PARAMETERS,
    "schemas": {
        "ResourceType": {
            "type": "string",
            "description": "A resource type of FHIR R4.",
            "enum": sorted(RESOURCE_TYPES),
        },
        "Resource": _resource(None) | {"description": "A FHIR R4 resource of any type."},
        "Bundle": _resource("Bundle", type={"type": "string"}, link=_OBJECTS, entry=_OBJECTS),
        "Parameters": _resource("Parameters", parameter=_OBJECTS),
        "EventStream": {"type": "string", "description": "Server-sent events."},
        "ExportManifest": {
            "type": "object",
            "required": ["transactionTime", "request", "requiresAccessToken", "output", "error"],
            "properties": {
                "transactionTime": {"type": "string", "format": "date-time"},
                "request": {"type": "string"},
                "requiresAccessToken": {"type": "boolean"},
                "output": _OBJECTS,
                "deleted": _OBJECTS,
                "error": _OBJECTS,
            },
        },
        "OperationOutcome": _resource("OperationOutcome", issue=_OBJECTS),
    },
}

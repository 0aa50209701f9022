"""The texts of the interactions with resources. https://hl7.org/fhir/R4/http.html"""

from typing import Any, Final

from esante.interactions.api.openapi.operation_text import (
    AFTER_UPDATE,
    EXAMPLE_PATIENT,
    HTTP,
    NO_TRACE,
    VIEW,
    OperationText,
    OperationTexts,
)

_NEW_PATIENT: Final = {name: value for name, value in EXAMPLE_PATIENT.items() if name != "id"}
_CRITERIA: Final = {"family": "Critere"}
_MATCHING_PATIENT: Final[dict[str, Any]] = {**_NEW_PATIENT, "name": [_CRITERIA]}
_LABELS: Final = {
    "resourceType": "Parameters",
    "parameter": [
        {
            "name": "meta",
            "valueMeta": {"tag": [{"system": "https://exemple.fr/etiquettes", "code": "relu"}]},
        }
    ],
}
_META: Final = "https://hl7.org/fhir/R4/resource-operation-meta"
_RESOURCES, _SERVER = "fhir-resources", "fhir-server"

RESOURCE_OPERATIONS: Final[OperationTexts] = {
    ("capabilities", "system"): OperationText(
        operation_id="get_capability_statement",
        summary="Ce que fait le serveur FHIR (CapabilityStatement)",
        description=(
            "Les types de ressources, les interactions et les opérations de chacun, et ses"
            " critères de recherche. Ouvert à tous : c’est la première adresse qu’une"
            " application lit. Chaque ressource se lit et s’envoie aussi en XML : `Accept`,"
            " `Content-Type` ou `_format` disent `application/fhir+xml`."
        ),
        clause=HTTP + "capabilities",
        scopes="",
        returned="Resource",
        tag=_SERVER,
        parameters=("Pretty",),
    ),
    ("transaction", "system"): OperationText(
        operation_id="send_bundle",
        summary="Envoyer plusieurs demandes d’un coup (transaction ou batch)",
        description=(
            "Un Bundle de type `transaction` est écrit en entier ou pas du tout ; dans un"
            " `batch`, chaque demande réussit ou échoue seule. Chaque demande exige ses propres"
            " droits, et eux seuls."
        ),
        clause=HTTP + "transaction",
        scopes="cruds",
        returned="Bundle",
        tag=_SERVER,
        parameters=("IdempotencyKey", "Pretty"),
        body={
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "resource": EXAMPLE_PATIENT,
                    "request": {"method": "PUT", "url": "Patient/exemple"},
                }
            ],
        },
    ),
    ("read", "instance"): OperationText(
        operation_id="read_resource",
        summary="Lire une ressource",
        description=(
            "Sa version courante, telle qu’elle a été reçue. Un Binary est rendu en octets, sauf si"
            f" Accept demande `application/fhir+json`. {AFTER_UPDATE}"
        ),
        clause=HTTP + "read",
        scopes="r",
        returned="Resource",
        tag=_RESOURCES,
        parameters=(*VIEW, "IfNoneMatch"),
    ),
    ("vread", "instance"): OperationText(
        operation_id="read_resource_version",
        summary="Lire une version d’une ressource",
        description=f"Une version passée ou courante. {AFTER_UPDATE}",
        clause=HTTP + "vread",
        scopes="r",
        returned="Resource",
        tag=_RESOURCES,
        parameters=(*VIEW, "IfNoneMatch"),
    ),
    ("create", "type"): OperationText(
        operation_id="create_resource",
        summary="Créer une ressource",
        description=(
            "Le serveur choisit l’identifiant, donné par l’en-tête Location. Avec"
            " If-None-Exist, rien n’est créé si une ressource répond déjà aux critères. Un Binary"
            " peut être envoyé en octets, avec son propre Content-Type, et X-Security-Context pour"
            " dire de quel dossier il est."
        ),
        clause=HTTP + "create",
        scopes="c",
        returned="Resource",
        tag=_RESOURCES,
        parameters=("IdempotencyKey", "IfNoneExist", "Prefer"),
        body=_NEW_PATIENT,
        statuses=("200", "201"),
    ),
    ("update", "instance"): OperationText(
        operation_id="update_resource",
        summary="Remplacer une ressource, ou la créer sous cet identifiant",
        description=(
            "La ressource envoyée porte le même type et le même identifiant que l’adresse. Il"
            " faut aussi le droit de créer (`c`) si elle n’existe pas. Un Binary peut être envoyé"
            f" en octets, comme à sa création. {NO_TRACE}"
        ),
        clause=HTTP + "update",
        scopes="u",
        returned="Resource",
        tag=_RESOURCES,
        parameters=("IfMatch", "Prefer"),
        body=EXAMPLE_PATIENT,
        statuses=("200", "201"),
    ),
    ("conditional-update", "type"): OperationText(
        operation_id="update_matching_resource",
        summary="Remplacer la ressource qui répond à des critères",
        description=(
            "Elle est créée si aucune n’y répond ; plusieurs, et la demande est refusée (412)."
        ),
        clause=HTTP + "cond-update",
        scopes="us",
        returned="Resource",
        tag=_RESOURCES,
        parameters=("Criteria", "IfMatch", "Prefer"),
        query=_CRITERIA,
        body=_MATCHING_PATIENT,
        statuses=("200", "201"),
    ),
    ("patch", "instance"): OperationText(
        operation_id="patch_resource",
        summary="Modifier une partie d’une ressource",
        description=(
            "Par JSON Patch (RFC 6902), par JSON Merge Patch (RFC 7396), ou par une ressource"
            f" Parameters (FHIRPath Patch) envoyée en `application/fhir+json`. {NO_TRACE}"
            f" {AFTER_UPDATE}"
        ),
        clause=HTTP + "patch",
        scopes="u",
        returned="Resource",
        tag=_RESOURCES,
        parameters=("IfMatch", "Prefer"),
        body=[{"op": "replace", "path": "/birthDate", "value": "1975-01-01"}],
    ),
    ("conditional-patch", "type"): OperationText(
        operation_id="patch_matching_resource",
        summary="Modifier une partie de la ressource qui répond à des critères",
        description=(
            "Comme pour une ressource nommée par son identifiant ; une seule doit y répondre."
            " L’exemple suppose que celui de `PUT /fhir/{type}` a été envoyé avant."
        ),
        clause=HTTP + "patch",
        scopes="us",
        returned="Resource",
        tag=_RESOURCES,
        parameters=("Criteria", "IfMatch", "Prefer"),
        query=_CRITERIA,
        body=[{"op": "add", "path": "/gender", "value": "female"}],
    ),
    ("$meta", "instance"): OperationText(
        operation_id="get_resource_meta",
        summary="Les étiquettes d’une ressource (`$meta`)",
        description=f"Ses profils, ses étiquettes, et celles de sécurité. {AFTER_UPDATE}",
        clause=f"{_META}.html",
        scopes="r",
        returned="Parameters",
        tag=_RESOURCES,
    ),
    ("$meta-add", "instance"): OperationText(
        operation_id="add_resource_meta",
        summary="Ajouter des étiquettes à une ressource (`$meta-add`)",
        description=f"Une nouvelle version, sauf si elle les a déjà. {AFTER_UPDATE}",
        clause=f"{_META}-add.html",
        scopes="u",
        returned="Parameters",
        tag=_RESOURCES,
        parameters=("IfMatch",),
        body=_LABELS,
    ),
    ("$meta-delete", "instance"): OperationText(
        operation_id="delete_resource_meta",
        summary="Retirer des étiquettes d’une ressource (`$meta-delete`)",
        description=f"Une nouvelle version, sauf si elle ne les a pas. {AFTER_UPDATE}",
        clause=f"{_META}-delete.html",
        scopes="u",
        returned="Parameters",
        tag=_RESOURCES,
        parameters=("IfMatch",),
        body=_LABELS,
    ),
    ("delete", "instance"): OperationText(
        operation_id="delete_resource",
        summary="Supprimer une ressource",
        description=(
            "Elle n’est plus trouvée ni lue (410) ; son historique reste. Supprimer deux fois"
            f" n’est pas une erreur. {NO_TRACE}"
        ),
        clause=HTTP + "delete",
        scopes="d",
        returned="",
        tag=_RESOURCES,
        parameters=("IfMatch",),
        statuses=("204",),
    ),
    ("conditional-delete", "type"): OperationText(
        operation_id="delete_matching_resource",
        summary="Supprimer la ressource qui répond à des critères",
        description="Une au plus : si plusieurs y répondent, la demande est refusée (412).",
        clause=HTTP + "cdelete",
        scopes="ds",
        returned="",
        tag=_RESOURCES,
        parameters=("Criteria",),
        query=_CRITERIA,
        statuses=("204",),
    ),
}

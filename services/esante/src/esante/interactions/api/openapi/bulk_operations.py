"""The texts of $export and of requests in the background."""

from typing import Final

from esante.interactions.api.openapi.operation_text import OperationText, OperationTexts

_CLAUSE: Final = "https://hl7.org/fhir/uv/bulkdata/STU2/export.html#"
_KICK_OFF: Final = _CLAUSE + "bulk-data-kick-off-request"
_STATUS: Final = _CLAUSE + "bulk-data-status-request"
_TAG: Final = "fhir-bulk-data"
_PARAMETERS: Final = (
    "PreferAsync",
    "OutputFormat",
    "Since",
    "Until",
    "TypeFilter",
    "Elements",
)
_STARTED: Final = (
    "L’export se prépare en arrière-plan : Content-Location donne l’adresse de son état, puis de"
    " ses fichiers NDJSON. Il contient ce que votre droit de recherche montre à cet instant."
)

BULK_OPERATIONS: Final[OperationTexts] = {
    ("$export", "system"): OperationText(
        operation_id="export_server",
        summary="Exporter toutes les ressources",
        description=_STARTED,
        clause=_KICK_OFF,
        scopes="rs",
        levels=("system",),
        returned="",
        tag=_TAG,
        parameters=_PARAMETERS,
        query={"_type": "Patient"},
        statuses=("202",),
    ),
    ("$export", "type"): OperationText(
        operation_id="export_patients",
        summary="Exporter les dossiers de tous les patients",
        description=f"{_STARTED} Par POST, `patient` en choisit.",
        clause=_KICK_OFF,
        scopes="rs",
        levels=("system",),
        returned="",
        tag=_TAG,
        parameters=_PARAMETERS,
        query={"_type": "Patient"},
        statuses=("202",),
    ),
    ("$export", "instance"): OperationText(
        operation_id="export_group",
        summary="Exporter les dossiers des patients d’un groupe",
        description=f"{_STARTED} Par POST, `patient` en choisit. L’exemple suppose qu’un groupe est"
        " enregistré sous `exemple`.",
        clause=_KICK_OFF,
        scopes="rs",
        levels=("system",),
        returned="",
        tag=_TAG,
        parameters=_PARAMETERS,
        query={"_type": "Patient"},
        statuses=("202",),
    ),
    ("async-status", "system"): OperationText(
        operation_id="get_export_status",
        summary="L’état d’un export, puis la liste de ses fichiers",
        description=(
            "202 tant qu’il se prépare : Retry-After dit quand revenir. Ensuite 200, avec"
            " l’adresse des fichiers, jusqu’à la date de Expires."
        ),
        clause=_STATUS,
        scopes="",
        returned="ExportManifest",
        tag=_TAG,
        statuses=("200",),
    ),
    ("async-cancel", "system"): OperationText(
        operation_id="cancel_export",
        summary="Annuler un export, ou supprimer ses fichiers",
        description="Son adresse répond ensuite 404.",
        clause=_CLAUSE + "bulk-data-delete-request",
        scopes="",
        returned="",
        tag=_TAG,
        statuses=("202",),
    ),
    ("async-file", "system"): OperationText(
        operation_id="download_export_file",
        summary="Un fichier d’un export",
        description=(
            "Une ressource par ligne (application/fhir+ndjson), d’un seul type. `Range` reprend un"
            " téléchargement interrompu. Il faut les droits avec lesquels l’export est fait."
        ),
        clause=_CLAUSE + "bulk-data-output-file-request",
        scopes="",
        returned="",
        tag=_TAG,
        statuses=("200",),
    ),
}

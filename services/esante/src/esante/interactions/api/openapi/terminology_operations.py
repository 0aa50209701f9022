"""The texts of terminology operations."""

from typing import Final

from esante.interactions.api.openapi.operation_text import (
    STORED_EXAMPLE,
    OperationText,
    OperationTexts,
)

_TERMINOLOGY: Final = "https://hl7.org/fhir/R4/terminology-service.html"
_GENDER: Final = "http://hl7.org/fhir/administrative-gender"
_GENDERS: Final = "http://hl7.org/fhir/ValueSet/administrative-gender"
_ROLES: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_CODES: Final = "fhir-terminology"

TERMINOLOGY_OPERATIONS: Final[OperationTexts] = {
    ("$lookup", "type"): OperationText(
        operation_id="lookup_code",
        summary="Le sens d’un code",
        description="Son libellé, sa définition, et les codes qui l’entourent.",
        clause=_TERMINOLOGY + "#4.7.7",
        scopes="",
        returned="Parameters",
        tag=_CODES,
        query={"system": _GENDER, "code": "female"},
    ),
    ("$validate-code", "type"): OperationText(
        operation_id="validate_code",
        summary="Vérifier qu’un code est dans un système ou un jeu de valeurs",
        description="`url` nomme le système de codes ou le jeu de valeurs.",
        clause=_TERMINOLOGY + "#4.7.8",
        scopes="",
        returned="Parameters",
        tag=_CODES,
        query={"url": _GENDERS, "system": _GENDER, "code": "female"},
    ),
    ("$validate-code", "instance"): OperationText(
        operation_id="validate_stored_code",
        summary="Vérifier qu’un code est dans une ressource enregistrée",
        description=(
            f"Comme sans identifiant, pour un système ou un jeu enregistré ici. {STORED_EXAMPLE}"
        ),
        clause=_TERMINOLOGY + "#4.7.8",
        scopes="r",
        returned="Parameters",
        tag=_CODES,
        query={"system": _GENDER, "code": "female"},
    ),
    ("$expand", "type"): OperationText(
        operation_id="expand_value_set",
        summary="Les codes d’un jeu de valeurs",
        description=(
            "Page par page (`offset`, `count`) ; `filter` cherche un mot dans les libellés."
        ),
        clause=_TERMINOLOGY + "#4.7.5",
        scopes="",
        returned="Resource",
        tag=_CODES,
        query={"url": _GENDERS},
    ),
    ("$expand", "instance"): OperationText(
        operation_id="expand_stored_value_set",
        summary="Les codes d’un jeu de valeurs enregistré",
        description=f"Comme sans identifiant, pour un jeu enregistré ici. {STORED_EXAMPLE}",
        clause=_TERMINOLOGY + "#4.7.5",
        scopes="r",
        returned="Resource",
        tag=_CODES,
        query={"filter": "female"},
    ),
    ("$subsumes", "type"): OperationText(
        operation_id="compare_codes",
        summary="Savoir si un code en contient un autre",
        description=(
            "La place de `codeA` par rapport à `codeB` dans leur système : `subsumes` (au-dessus),"
            " `subsumed-by` (au-dessous), `equivalent` ou `not-subsumed`."
        ),
        clause="https://hl7.org/fhir/R4/codesystem-operation-subsumes.html",
        scopes="",
        returned="Parameters",
        tag=_CODES,
        query={"system": _ROLES, "codeA": "SPS", "codeB": "HUSB"},
    ),
    ("$subsumes", "instance"): OperationText(
        operation_id="compare_stored_codes",
        summary="Savoir si un code d’un système enregistré en contient un autre",
        description=f"Comme sans identifiant, pour un système enregistré ici. {STORED_EXAMPLE}",
        clause="https://hl7.org/fhir/R4/codesystem-operation-subsumes.html",
        scopes="r",
        returned="Parameters",
        tag=_CODES,
        query={"codeA": "a", "codeB": "b"},
    ),
    ("$translate", "type"): OperationText(
        operation_id="translate_code",
        summary="Traduire un code dans un autre système",
        description=(
            "Selon une table de correspondance enregistrée ici (`url`) ou envoyée"
            f" (`conceptMap`). {STORED_EXAMPLE}"
        ),
        clause="https://hl7.org/fhir/R4/conceptmap-operation-translate.html",
        scopes="r",
        returned="Parameters",
        tag=_CODES,
        query={"url": "https://region.exemple.fr/correspondances", "code": "a"},
    ),
    ("$translate", "instance"): OperationText(
        operation_id="translate_by_stored_map",
        summary="Traduire un code selon une table enregistrée",
        description=f"Comme sans identifiant. {STORED_EXAMPLE}",
        clause="https://hl7.org/fhir/R4/conceptmap-operation-translate.html",
        scopes="r",
        returned="Parameters",
        tag=_CODES,
        query={"code": "a"},
    ),
}

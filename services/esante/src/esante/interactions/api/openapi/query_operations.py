"""The texts of searches, histories, validation and terminology operations."""

from typing import Final

from esante.interactions.api.openapi.operation_text import (
    AFTER_UPDATE,
    EXAMPLE_PATIENT,
    HTTP,
    VIEW,
    OperationText,
    OperationTexts,
)

_SEARCH: Final = "https://hl7.org/fhir/R4/search.html"
_VALIDATE: Final = "https://hl7.org/fhir/R4/resource-operation-validate.html"
_TERMINOLOGY: Final = "https://hl7.org/fhir/R4/terminology-service.html"
_PAGES: Final = ("Count", "Since", "At", "Cursor")
_FOUND: Final = ("Sort", "Count", "Total")
_GENDER: Final = "http://hl7.org/fhir/administrative-gender"
_GENDERS: Final = "http://hl7.org/fhir/ValueSet/administrative-gender"
_ROLES: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_STORED: Final = "L’exemple suppose que cette ressource est enregistrée sous `exemple`."
_FIND, _PAST, _CHECK, _CODES = "fhir-search", "fhir-history", "fhir-validation", "fhir-terminology"

QUERY_OPERATIONS: Final[OperationTexts] = {
    ("search-type", "type"): OperationText(
        operation_id="search_resources",
        summary="Chercher parmi les ressources d’un type",
        description=(
            "Les critères de chaque type sont dans le CapabilityStatement (`/fhir/metadata`,"
            " `searchParam`). Envoyés par formulaire, ils ne sont pas dans l’adresse."
        ),
        clause=_SEARCH,
        scopes="s",
        returned="Bundle",
        tag=_FIND,
        parameters=("Criteria", *_FOUND, "Include", "RevInclude", *VIEW),
        query={"family": "essai"},
    ),
    ("search-type", "instance"): OperationText(
        operation_id="search_compartment",
        summary="Chercher dans le dossier d’un patient (compartiment)",
        description=(
            "Les ressources de ce type, ou de tous (`*`), qui concernent la ressource de l’adresse."
        ),
        clause=_SEARCH + "#searchcontexts",
        scopes="s",
        returned="Bundle",
        tag=_FIND,
        parameters=("Criteria", *_FOUND, "Include", "RevInclude", *VIEW),
        query={"status": "final"},
    ),
    ("search-system", "system"): OperationText(
        operation_id="search_all_resources",
        summary="Chercher parmi toutes les ressources",
        description=(
            "Avec les critères communs à tous les types, comme `_lastUpdated`. `_type` en choisit."
        ),
        clause=_SEARCH + "#searchcontexts",
        scopes="s",
        returned="Bundle",
        tag=_FIND,
        parameters=("Criteria", "Types", *_FOUND, *VIEW),
        query={"_lastUpdated": "ge2026-01-01"},
    ),
    ("$everything", "instance"): OperationText(
        operation_id="list_patient_record",
        summary="Le dossier d’un patient, page par page",
        description=(
            "Ce qui concerne ce patient, et ce que cela cite (soignants, organisations,"
            " médicaments), dans la limite de vos droits. `start` et `end` bornent les dates des"
            f" soins : ce qui n’en a pas vient toujours. {AFTER_UPDATE}"
        ),
        clause="https://hl7.org/fhir/R4/patient-operation-everything.html",
        scopes="rs",
        returned="Bundle",
        tag=_FIND,
        parameters=("Types", "Since", "Start", "End", "Cursor", *VIEW),
        query={"_count": "50"},
    ),
    ("$summary", "instance"): OperationText(
        operation_id="summarize_patient",
        summary="Le résumé d’un patient (IPS)",
        description=(
            "Un document : allergies, traitements, problèmes, constantes, résultats, vaccinations,"
            " actes, antécédents, dans la limite de vos droits. Une partie que votre accès ne"
            f" montre pas le dit. `Accept: text/html` : la même chose en page. {AFTER_UPDATE}"
        ),
        clause="https://hl7.org/fhir/uv/ips/OperationDefinition-summary.html",
        scopes="rs",
        returned="Bundle",
        tag=_FIND,
        parameters=("Pretty",),
        query={"profile": "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"},
    ),
    ("$lastn", "type"): OperationText(
        operation_id="list_last_observations",
        summary="Les dernières mesures de chaque sorte",
        description=(
            "Pour un patient (`patient` ou `subject`), les `max` dernières observations de chaque"
            " code (une sans `max`). Les critères sont ceux d’une recherche d’observations."
        ),
        clause="https://hl7.org/fhir/R4/observation-operation-lastn.html",
        scopes="s",
        returned="Bundle",
        tag=_FIND,
        parameters=VIEW,
        query={"patient": "exemple", "category": "vital-signs"},
    ),
    ("$match", "type"): OperationText(
        operation_id="match_patients",
        summary="Retrouver un patient d’après ce qu’on en sait",
        description=(
            "Les patients que vous pouvez chercher et qui ressemblent à celui-ci, avec une note de"
            " 0 à 1 et un degré : `certain` (même identifiant, rien de contraire), `probable`,"
            " `possible`. `onlyCertainMatches` ne donne que l’unique patient certain."
        ),
        clause="https://hl7.org/fhir/R4/patient-operation-match.html",
        scopes="s",
        returned="Bundle",
        tag=_FIND,
        parameters=("Pretty",),
        body={
            "resourceType": "Parameters",
            "parameter": [{"name": "resource", "resource": EXAMPLE_PATIENT}],
        },
    ),
    ("$document", "instance"): OperationText(
        operation_id="compose_document",
        summary="Le document d’une composition, avec tout ce qu’elle cite",
        description=(
            f"Un Bundle complet : refusé si une ressource citée ne vous est pas lisible. {_STORED}"
        ),
        clause="https://hl7.org/fhir/R4/composition-operation-document.html",
        scopes="r",
        returned="Bundle",
        tag=_FIND,
        parameters=("Pretty",),
        query={"persist": "false"},
    ),
    ("history-instance", "instance"): OperationText(
        operation_id="list_resource_history",
        summary="L’historique d’une ressource",
        description=f"Ses versions, de la plus récente à la plus ancienne. {AFTER_UPDATE}",
        clause=HTTP + "history",
        scopes="r",
        returned="Bundle",
        tag=_PAST,
        parameters=(*_PAGES, *VIEW),
    ),
    ("history-type", "type"): OperationText(
        operation_id="list_type_history",
        summary="L’historique d’un type de ressources",
        description=(
            "Toutes les versions de toutes les ressources de ce type, page par page. Un droit"
            " limité à un dossier ne suffit pas."
        ),
        clause=HTTP + "history",
        scopes="r",
        unrestricted=True,
        returned="Bundle",
        tag=_PAST,
        parameters=(*_PAGES, *VIEW),
    ),
    ("history-system", "system"): OperationText(
        operation_id="list_server_history",
        summary="L’historique de toutes les ressources",
        description=(
            "Toutes les versions, page par page. Un droit limité à un dossier ne suffit pas."
        ),
        clause=HTTP + "history",
        scopes="r",
        unrestricted=True,
        returned="Bundle",
        tag=_PAST,
        parameters=(*_PAGES, *VIEW),
    ),
    ("$validate", "type"): OperationText(
        operation_id="validate_resource",
        summary="Vérifier une ressource sans l’enregistrer",
        description=(
            "La réponse a le statut 200 et dit toutes les erreurs, en français, avec leur"
            " place. Un `profile` vérifie aussi un profil, par exemple un profil FrCore."
        ),
        clause=_VALIDATE,
        scopes="r",
        returned="OperationOutcome",
        tag=_CHECK,
        parameters=("Mode", "Profile", *VIEW),
        body={"resourceType": "Patient", "birthDate": "25/12/1974"},
    ),
    ("$validate", "instance"): OperationText(
        operation_id="validate_stored_resource",
        summary="Vérifier une ressource enregistrée, ou ce qui la remplacerait",
        description=(
            "Sans contenu : la ressource enregistrée. Avec une ressource : celle-ci, comme si"
            f" elle la remplaçait. {AFTER_UPDATE}"
        ),
        clause=_VALIDATE,
        scopes="r",
        returned="OperationOutcome",
        tag=_CHECK,
        parameters=("Mode", "Profile", *VIEW),
        body=EXAMPLE_PATIENT,
    ),
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
            f"Comme sans identifiant, pour un système ou un jeu enregistré ici. {_STORED}"
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
        description=f"Comme sans identifiant, pour un jeu enregistré ici. {_STORED}",
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
        description=f"Comme sans identifiant, pour un système enregistré ici. {_STORED}",
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
            f" (`conceptMap`). {_STORED}"
        ),
        clause="https://hl7.org/fhir/R4/conceptmap-operation-translate.html",
        scopes="r",
        returned="Parameters",
        tag=_CODES,
        query={"url": "https://region.exemple.fr/correspondances", "code": "a"},
    ),
    ("$translate", "instance"): OperationText(
        operation_id="translate_code_by_stored_map",
        summary="Traduire un code selon une table enregistrée",
        description=f"Comme sans identifiant. {_STORED}",
        clause="https://hl7.org/fhir/R4/conceptmap-operation-translate.html",
        scopes="r",
        returned="Parameters",
        tag=_CODES,
        query={"code": "a"},
    ),
}

"""The texts of searches, histories, validation and the operations of records."""

from typing import Final

from esante.interactions.api.openapi.operation_text import (
    AFTER_UPDATE,
    EXAMPLE_PATIENT,
    HTTP,
    STORED_EXAMPLE,
    VIEW,
    OperationText,
    OperationTexts,
)

_SEARCH: Final = "https://hl7.org/fhir/R4/search.html"
_META: Final = "https://hl7.org/fhir/R4/resource-operation-meta.html"
_VALIDATE: Final = "https://hl7.org/fhir/R4/resource-operation-validate.html"
_PAGES: Final = ("Count", "Since", "At", "Cursor")
_FOUND: Final = ("Sort", "Count", "Total")
_EMERGENCY: Final = (
    "Réservé aux professionnels. Le dossier s’ouvre une heure ; le motif (`reason`, 10 à"
    " 1000 caractères) est obligatoire, et le patient et son cercle de soins en sont"
    " prévenus. Les documents masqués le restent."
)
_REASON: Final = {"name": "reason", "valueString": "Patient inconscient, traitements inconnus"}
_FIND, _PAST, _CHECK = "fhir-search", "fhir-history", "fhir-validation"

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
        parameters=("Criteria", "PreferSearch", *_FOUND, "Include", "RevInclude", *VIEW),
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
        parameters=("Criteria", "PreferSearch", "Types", *_FOUND, *VIEW),
        query={"_lastUpdated": "ge2026-01-01"},
    ),
    ("$meta", "type"): OperationText(
        operation_id="list_type_labels",
        summary="Les étiquettes des ressources d’un type (`$meta`)",
        description="Chaque profil, étiquette et étiquette de sécurité des ressources trouvées.",
        clause=_META,
        scopes="s",
        returned="Parameters",
        tag=_FIND,
        parameters=("Pretty",),
    ),
    ("$meta", "system"): OperationText(
        operation_id="list_labels",
        summary="Les étiquettes de toutes les ressources (`$meta`)",
        description="Comme pour un type, parmi tout ce que vous pouvez chercher.",
        clause=_META,
        scopes="s",
        returned="Parameters",
        tag=_FIND,
        parameters=("Pretty",),
    ),
    ("$everything", "instance"): OperationText(
        operation_id="list_patient_record",
        summary="Le dossier d’un patient ou d’une venue, page par page",
        description=(
            "Ce qui concerne ce patient ou cette venue (Encounter), et ce que cela cite (soignants,"
            " organisations, médicaments), dans la limite de vos droits. `start` et `end`, pour un"
            " patient, bornent les dates des soins : ce qui n’en a pas vient toujours."
            f" {AFTER_UPDATE}"
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
    ("$emergency-access", "instance"): OperationText(
        operation_id="open_record_in_emergency",
        summary="Ouvrir un dossier en urgence",
        description=_EMERGENCY,
        clause="https://hl7.org/fhir/R4/security.html#break-the-glass",
        scopes="r",
        levels=("user", "patient"),
        returned="Parameters",
        tag=_FIND,
        parameters=("Pretty",),
        body={
            "resourceType": "Parameters",
            "parameter": [
                _REASON,
            ],
        },
    ),
    ("$invite", "instance"): OperationText(
        operation_id="invite_carer",
        summary="Inviter un aidant ou un représentant légal",
        description=(
            "Rend un code (`code`), valable sept jours, qui sert une fois : le proche l’écrit à"
            " `/auth/proches` après s’être connecté. Un représentant légal (`kind`"
            " `representative`) est déclaré par un membre du cercle de soins ou un programme. "
            + STORED_EXAMPLE
        ),
        clause="https://hl7.org/fhir/R4/relatedperson.html",
        scopes="u",
        returned="Parameters",
        tag=_FIND,
        parameters=("Pretty",),
        body={
            "resourceType": "Parameters",
            "parameter": [{"name": "kind", "valueString": "carer"}],
        },
    ),
    ("$emergency-access", "type"): OperationText(
        operation_id="open_record_in_emergency_by_identifier",
        summary="Ouvrir en urgence le dossier de qui a cet identifiant",
        description=f"{_EMERGENCY} `identifier` s’écrit `système|valeur`.",
        clause="https://hl7.org/fhir/R4/security.html#break-the-glass",
        scopes="r",
        levels=("user", "patient"),
        returned="Parameters",
        tag=_FIND,
        parameters=("Pretty",),
        body={
            "resourceType": "Parameters",
            "parameter": [
                _REASON,
                {
                    "name": "identifier",
                    "valueString": "urn:oid:1.2.250.1.213.1.4.10|279035121518989",
                },
            ],
        },
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
    ("$ihe-pix", "type"): OperationText(
        operation_id="cross_reference_patient",
        summary="Les autres identifiants d’un patient (IHE PIXm)",
        description=(
            "De qui a cet identifiant (`sourceIdentifier`, `système|valeur`), parmi les patients"
            " que vous pouvez chercher : ses identifiants du système `targetSystem` (tous sans lui)"
            " dans `targetIdentifier`, et son dossier dans `targetId`. 404 si personne ne l’a."
        ),
        clause="https://profiles.ihe.net/ITI/PIXm/ITI-83.html",
        scopes="s",
        returned="Parameters",
        tag=_FIND,
        parameters=("Pretty",),
        query={"sourceIdentifier": "urn:oid:1.2.250.1.213.1.4.2|exemple"},
    ),
    ("$docref", "type"): OperationText(
        operation_id="list_documents",
        summary="Les documents d’un patient, dont son résumé",
        description=(
            "Sans `start` ni `end` : le dernier document de chaque type, et le résumé"
            " (`$summary`), composé quand on le lit. Avec : les documents des soins de ces dates."
            " `type` choisit, `on-demand=true` ne rend que le résumé."
            f" {AFTER_UPDATE}"
        ),
        clause="https://hl7.org/fhir/us/core/OperationDefinition-docref.html",
        scopes="s",
        returned="Bundle",
        tag=_FIND,
        parameters=VIEW,
        query={"patient": "exemple"},
    ),
    ("$document", "instance"): OperationText(
        operation_id="compose_document",
        summary="Le document d’une composition, avec tout ce qu’elle cite",
        description=(
            "Un Bundle complet : refusé si une ressource citée ne vous est pas lisible."
            f" {STORED_EXAMPLE}"
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
        levels=("system",),
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
        levels=("system",),
        returned="Bundle",
        tag=_PAST,
        parameters=(*_PAGES, *VIEW),
    ),
    ("$validate", "type"): OperationText(
        operation_id="validate_resource",
        summary="Vérifier une ressource sans l’enregistrer",
        description=(
            "La réponse a le statut 200 et dit toutes les erreurs, en français, avec leur"
            " place. Un `profile` vérifie aussi un profil, par exemple un profil FrCore ou un"
            " profil envoyé (StructureDefinition), avec ses règles et ses jeux de valeurs."
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
}

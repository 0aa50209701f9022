"""Scopes in French, for the person who grants them.

Types of resources: https://hl7.org/fhir/R4/resourcelist.html
"""

from typing import Final

from gateway.callers.domain.identity import Role
from gateway.oauth.domain.scopes import (
    ANY_TYPE,
    LAUNCH_PATIENT,
    OFFLINE,
    ONLINE,
    OPENID,
    READING,
    WRITING,
    DataScope,
    Scopes,
)

# Plurals, which follow "les" or "vos".
_RESOURCE_TYPES: Final = {
    "AllergyIntolerance": "allergies et intolérances",
    "Appointment": "rendez-vous",
    "AuditEvent": "traces d'accès",
    "Binary": "fichiers",
    "CarePlan": "plans de soins",
    "CareTeam": "cercles de soins",
    "Communication": "échanges avec l'équipe de soins",
    "CommunicationRequest": "demandes de contact",
    "Condition": "problèmes de santé et diagnostics",
    "Consent": "consentements",
    "Coverage": "couvertures sociales",
    "Device": "dispositifs médicaux",
    "DiagnosticReport": "comptes rendus d'examens",
    "DocumentReference": "documents",
    "Encounter": "venues et séjours",
    "Goal": "objectifs de soins",
    "Immunization": "vaccinations",
    "Location": "lieux",
    "Medication": "médicaments",
    "MedicationRequest": "prescriptions de médicaments",
    "MedicationStatement": "prises de médicaments",
    "Observation": "observations (mesures, résultats d'analyses)",
    "Organization": "établissements",
    "Patient": "informations d'identité et de contact",
    "Practitioner": "professionnels",
    "PractitionerRole": "exercices des professionnels",
    "Procedure": "actes et interventions",
    "Questionnaire": "questionnaires",
    "QuestionnaireResponse": "réponses aux questionnaires",
    "RelatedPerson": "proches et aidants",
    "Schedule": "agendas",
    "ServiceRequest": "prescriptions d'examens et de soins",
    "Slot": "créneaux de rendez-vous",
    "Subscription": "abonnements aux changements",
    "Task": "tâches",
}
_VERBS: Final = {"c": "ajouter", "u": "modifier", "d": "supprimer"}
_RESTRICTIONS: Final = {"category": "catégorie", "code": "code", "status": "état", "type": "type"}


def describe_scope(scope: DataScope, role: Role) -> str:
    """One data scope: "Lire les observations du patient". `role`: that of the person."""
    return f"{_verbs(scope)} {_object(scope, role)}{_restriction(scope)}"


def describe_plain_scope(name: str, role: Role) -> tuple[str, str]:
    """The text of a plain scope that a person may decline, and a detail of it.

    `name`: one of OPTIONAL_SCOPES.
    """
    if name == OPENID:
        return "Savoir qui vous êtes", "un identifiant, sans votre nom"
    if name == OFFLINE:
        return (
            "Garder cet accès pendant 30 jours",
            "même quand vous n'utilisez pas l'application",
        )
    return "Garder cet accès pendant votre session", "au plus 8 heures"


def describe_scopes(given: Scopes, role: Role) -> list[str]:
    """All given scopes, a line each, for the page that lists applications."""
    lines = [describe_scope(each, role) for each in given.choices()]
    plain = [name for name in (OPENID, OFFLINE, ONLINE) if name in given.plain]
    lines += [describe_plain_scope(name, role)[0] for name in plain]
    if LAUNCH_PATIENT in given.plain and role == "professional":
        lines.append("Savoir quel patient vous choisissez")
    return lines


def _verbs(scope: DataScope) -> str:
    verbs = []
    if scope.permissions & READING:
        verbs.append(
            {"r": "lire un par un", "s": "rechercher"}.get("".join(scope.permissions), "lire")
        )
    verbs += [_VERBS[each] for each in "cud" if each in scope.permissions & WRITING]
    joined = " et ".join(filter(None, (", ".join(verbs[:-1]), verbs[-1])))
    return joined[0].upper() + joined[1:]


def _object(scope: DataScope, role: Role) -> str:
    if scope.resource_type == ANY_TYPE and scope.level == "user":
        return "toutes les données auxquelles vous avez accès"
    if scope.resource_type == ANY_TYPE:
        is_own = role == "patient"
        return "toutes vos données de santé" if is_own else "toutes les données de santé du patient"
    plural = _RESOURCE_TYPES.get(scope.resource_type, f"données de type {scope.resource_type}")
    if scope.level == "user":
        return f"les {plural}, partout où vous avez accès"
    return f"vos {plural}" if role == "patient" else f"les {plural} du patient"


def _restriction(scope: DataScope) -> str:
    if not scope.restrictions:
        return ""
    restrictions = []
    for each in sorted(scope.restrictions):
        name, _, value = each.partition("=")
        restrictions.append(f"{_RESTRICTIONS.get(name, name)} : {value.rpartition('|')[2]}")
    return f", seulement {' et '.join(restrictions)}"

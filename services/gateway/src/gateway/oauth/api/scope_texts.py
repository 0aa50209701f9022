"""Rights on data, in the words of the person who gives them.

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

# Plurals, to stand after "les" or "vos".
_KINDS: Final = {
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
_ACTS: Final = {"c": "ajouter", "u": "modifier", "d": "supprimer"}
_RESTRICTIONS: Final = {"category": "catégorie", "code": "code", "status": "état", "type": "type"}


def words_of(scope: DataScope, role: Role) -> str:
    """What one right is: "Lire les observations du patient"."""
    return f"{_acts(scope)} {_things(scope, role)}{_restriction(scope)}"


def plain_words(name: str, role: Role) -> tuple[str, str]:
    """What a scope without data opens that a person may leave out: the words, and what it means."""
    if name == OPENID:
        return "Savoir qui vous êtes", "un identifiant, sans votre nom"
    if name == OFFLINE:
        return (
            "Garder cet accès pendant 30 jours",
            "même quand vous n'utilisez pas l'application",
        )
    return "Garder cet accès pendant votre session", "au plus 8 heures"


def told_of(given: Scopes, role: Role) -> list[str]:
    """All that was given, a line each, for the page where it can be taken back."""
    lines = [words_of(each, role) for each in given.choices()]
    kept = [name for name in (OPENID, OFFLINE, ONLINE) if name in given.plain]
    lines += [plain_words(name, role)[0] for name in kept]
    if LAUNCH_PATIENT in given.plain and role == "professional":
        lines.append("Savoir quel patient vous choisissez")
    return lines


def _acts(scope: DataScope) -> str:
    acts = []
    if scope.may & READING:
        acts.append({"r": "lire un par un", "s": "rechercher"}.get("".join(scope.may), "lire"))
    acts += [_ACTS[each] for each in "cud" if each in scope.may & WRITING]
    joint = " et ".join(filter(None, (", ".join(acts[:-1]), acts[-1])))
    return joint[0].upper() + joint[1:]


def _things(scope: DataScope, role: Role) -> str:
    if scope.kind == ANY_TYPE and scope.level == "user":
        return "toutes les données auxquelles vous avez accès"
    if scope.kind == ANY_TYPE:
        mine = role == "patient"
        return "toutes vos données de santé" if mine else "toutes les données de santé du patient"
    named = _KINDS.get(scope.kind, f"données de type {scope.kind}")
    if scope.level == "user":
        return f"les {named}, partout où vous avez accès"
    return f"vos {named}" if role == "patient" else f"les {named} du patient"


def _restriction(scope: DataScope) -> str:
    if not scope.only:
        return ""
    told = []
    for each in sorted(scope.only):
        name, _, value = each.partition("=")
        told.append(f"{_RESTRICTIONS.get(name, name)} : {value.rpartition('|')[2]}")
    return f", seulement {' et '.join(told)}"

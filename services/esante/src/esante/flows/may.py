"""What a caller may do with what was found: no right at all is said, another's record is not.

https://hl7.org/fhir/R4/security.html#AccessDenied
"""

from collections.abc import Collection

from esante.domain.access import Access, Interaction, Permitted
from socle.errors import Refusal

_DOING = {
    "c": "créer",
    "r": "lire",
    "u": "modifier",
    "d": "supprimer",
    "s": "rechercher",
}


def permission(access: Access, resource_type: str, interaction: Interaction) -> Permitted:
    """How that is allowed. Raises Refusal("forbidden") where it is not at all."""
    permitted = access.permitted(resource_type, interaction)
    if not permitted:
        raise Refusal(
            "forbidden",
            f"Votre jeton ne permet pas de {_DOING[interaction]} des ressources {resource_type}.",
        )
    return permitted


def reaches(permitted: Permitted, patients: Collection[str]) -> bool:
    """Whether it extends to what is in those patients' compartments.

    A grant narrowed by a query does not: nothing here can tell whether the query finds it.
    """
    return permitted.whole or any(
        grant.query is None and grant.patient in patients for grant in permitted.grants
    )


def require_reach(permitted: Permitted, patients: Collection[str], resource_type: str) -> None:
    """Raises Refusal("forbidden") for content the caller may not write: what is in several
    patients' compartments must be in none that it does not reach, or one could write in another's
    record by standing in it as an author."""
    within = bool(patients) and all(reaches(permitted, [each]) for each in patients)
    if not permitted.whole and not within:
        raise Refusal(
            "forbidden",
            f"Votre jeton ne permet pas d'écrire cette ressource {resource_type} : elle n'est pas "
            "dans le dossier du patient auquel il donne accès.",
        )

"""The criteria of a subscription as a search criterion, within its author's permissions.

They are matched against one resource (`search.domain.query.matcher`): criteria that depend on other
resources are refused.
"""

from dataclasses import replace
from typing import Final

from esante.access.domain.access_filter import access_filter
from esante.core.domain.permissions import Access
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.declared_compartments import DECLARED_TYPES
from esante.search.domain.query.criteria import Criterion, all_of
from esante.search.domain.query.criterion_parser import SearchContext, parse_criterion
from esante.search.domain.query.limits import MAX_PARAMETERS, too_costly
from esante.search.domain.query.matcher import needs_database
from esante.search.domain.query.parameter_lookup import require_standard
from esante.search.domain.query.query_parser import is_in_compartment, read_pairs
from esante.subscriptions.domain.subscription import SUBSCRIPTION
from socle.errors import Refusal

MAX_CRITERIA: Final = 4096
"""Characters."""


def split_criteria(criteria: str) -> tuple[str, str]:
    """Type and query of criteria. Raises Refusal if the type is unknown, or cannot be followed."""
    resource_type, _, query = criteria.partition("?")
    if len(criteria) > MAX_CRITERIA:
        raise too_costly(f"Les critères font {MAX_CRITERIA} caractères au plus.")
    if resource_type not in RESOURCE_TYPES:
        raise Refusal(
            "invalid",
            f"Les critères s'écrivent Type?paramètre=valeur ; « {resource_type[:64]} » n'est pas un"
            " type de ressource.",
        )
    if resource_type == SUBSCRIPTION:
        raise Refusal(
            "invalid",
            "Un abonnement ne suit pas les abonnements : chaque notification en ferait une autre.",
        )
    return resource_type, query


def parse_criteria(
    criteria: str, *, access: Access, context: SearchContext
) -> tuple[str, Criterion]:
    """Type and criterion of the resources that are notified.

    `access`: the permissions of the author; the records that are open to a professional are left
    to each match, since they change. Raises Refusal: "invalid" for criteria that cannot be
    matched, "forbidden" if the author cannot both search and read that type.
    """
    access = replace(access, records=None)
    resource_type, query = split_criteria(criteria)
    pairs = read_pairs(query.encode())
    if len(pairs) > MAX_PARAMETERS:
        raise too_costly(f"Une recherche prend {MAX_PARAMETERS} paramètres au plus.")
    require_standard(resource_type, pairs)
    found = [parse_criterion(resource_type, *pair, context=context) for pair in pairs]
    if any(map(needs_database, found)):
        raise Refusal(
            "invalid",
            "Les critères ne dépendent que de la ressource elle-même : ni chaîne, ni _has, ni"
            " _list ; et ne cherchent pas de mots : ni _text, ni _content.",
            issue="not-supported",
        )
    permitted = access_filter(resource_type, access, context)
    if permitted is None or not access.permitted(resource_type, "r"):
        raise Refusal(
            "forbidden",
            f"Votre jeton ne permet pas de chercher et de lire des ressources {resource_type}.",
        )
    if _is_empty(resource_type, access):
        raise Refusal(
            "forbidden",
            f"Les ressources {resource_type} ne sont dans le dossier d'aucun patient, auquel votre"
            " jeton se limite : aucune ne serait notifiée.",
        )
    return resource_type, all_of([*found, permitted])


def _is_empty(resource_type: str, access: Access) -> bool:
    """Whether access is restricted to records that no resource of that type can be in."""
    if resource_type in DECLARED_TYPES or is_in_compartment(resource_type, "Patient"):
        return False
    return all(each.patient is not None for each in access.permitted(resource_type, "s").grants)

"""The facts that an indicator can count: a copy of the contract's list, compared by
`tests/contracts`. The gateway drops any other word, so an indicator of it would measure nothing.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

FACTS: Final[Mapping[str, str]] = {
    "alert-read": "une perturbation a été lue",
    "appointment-shared": "un rendez-vous a été partagé",
    "board-watched": "les prochains départs d'un arrêt ont été consultés",
    "document-opened": "un document de santé a été ouvert",
    "journey-planned": "un itinéraire a été cherché",
    "notebook-opened": "le cahier de liaison a été ouvert",
    "notebook-written": "le cahier de liaison a été écrit",
    "reminder-read": "un rappel a été lu",
    "reminder-sent": "un rappel a été envoyé",
    "summary-opened": "une synthèse médicale a été ouverte",
}
"""By fact, what happened, in French."""
UNSENT: Final = frozenset({"journey-planned"})
"""The facts that no service sends yet (decision 32)."""


def mistake_of_fact(fact: str) -> str | None:
    """Why no indicator can count the fact, in French, with the nearest one; None if it can."""
    if fact in FACTS:
        return None
    near = get_close_matches(fact, FACTS, n=1, cutoff=0)
    return (
        f"le fait {fact} n'existe pas (le plus proche : {near[0]} ; tous :"
        " GET /pilotes/v1/usage-facts)"
    )

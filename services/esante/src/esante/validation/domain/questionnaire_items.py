"""Invariants of Questionnaire.item, evaluated without FHIRPath, as in `invariants`.

A questionnaire can have many items, and each has many invariants. https://hl7.org/fhir/R4/questionnaire.html
"""

from collections.abc import Callable
from typing import Final

from esante.validation.domain.invariants import Node

_CODED: Final = (
    "choice",
    "open-choice",
    "decimal",
    "integer",
    "date",
    "dateTime",
    "time",
    "string",
    "quantity",
)
_BOUNDED: Final = ("boolean", "decimal", "integer", "string", "text", "url", "open-choice")


def _has(node: Node, *names: str) -> bool:
    return any(name in node for name in names)


def _count(node: Node, name: str) -> int:
    values = node.get(name, ())
    return len(values) if isinstance(values, list) else 1


def _nested(node: Node) -> bool:
    item_type = node.get("type")
    return (item_type == "group" and "item" not in node) or (
        item_type == "display" and "item" in node
    )


_RULES: Final[tuple[tuple[str, str, Callable[[Node], bool]], ...]] = (
    ("que-1", "Un groupe contient des questions, un texte n’en contient pas", _nested),
    (
        "que-3",
        "Un texte n’a pas de code",
        lambda n: n.get("type") == "display" and "code" in n,
    ),
    (
        "que-4",
        "Les réponses sont listées ou d’un jeu de valeurs, pas les deux",
        lambda n: _has(n, "answerOption") and _has(n, "answerValueSet"),
    ),
    (
        "que-5",
        "Ce type de question n’a pas de réponses listées",
        lambda n: n.get("type") not in _CODED and _has(n, "answerOption", "answerValueSet"),
    ),
    (
        "que-6",
        "Un texte n’est ni obligatoire ni répété",
        lambda n: n.get("type") == "display" and _has(n, "required", "repeats"),
    ),
    (
        "que-8",
        "Un groupe ou un texte n’a pas de réponse initiale",
        lambda n: n.get("type") in ("group", "display") and "initial" in n,
    ),
    (
        "que-9",
        "Un texte n’est pas en lecture seule",
        lambda n: n.get("type") == "display" and "readOnly" in n,
    ),
    (
        "que-10",
        "Ce type de question n’a pas de longueur",
        lambda n: n.get("type") not in _BOUNDED and "maxLength" in n,
    ),
    (
        "que-11",
        "La réponse initiale est dans la liste, ou donnée à part",
        lambda n: _has(n, "answerOption") and _has(n, "initial"),
    ),
    # R4's expression says > 2, though its text says "more than one": the expression counts.
    (
        "que-12",
        "Trois conditions ou plus disent comment elles vont ensemble",
        lambda n: _count(n, "enableWhen") > 2 and "enableBehavior" not in n,
    ),
    (
        "que-13",
        "Une question qui ne se répète pas a une réponse initiale au plus",
        lambda n: n.get("repeats") is not True and _count(n, "initial") > 1,
    ),
)


def questionnaire_item_problem(node: Node) -> str | None:
    """The first invariant that an item violates, as a French sentence with its key; None if it
    violates none."""
    for key, words, broken in _RULES:
        if broken(node):
            return f"{words} ({key})"
    return None

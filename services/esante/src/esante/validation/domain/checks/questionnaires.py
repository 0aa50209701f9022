"""Questionnaires: links between their items, and the types of answers.

https://hl7.org/fhir/R4/questionnaire.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from esante.core.domain.json_values import objects_in
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node

ANSWER_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "boolean": ("Boolean",),
    "decimal": ("Decimal",),
    "integer": ("Integer",),
    "date": ("Date",),
    "dateTime": ("DateTime",),
    "time": ("Time",),
    "string": ("String",),
    "text": ("String",),
    "url": ("Uri",),
    "choice": ("Coding",),
    "open-choice": ("Coding", "String"),
    "attachment": ("Attachment",),
    "reference": ("Reference",),
    "quantity": ("Quantity",),
}
"""The types of `value[x]` of an answer, by the type of the item."""
_OPTION_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: ANSWER_TYPES[name] for name in ("integer", "date", "time", "string")},
    # R4's own examples have options of other types than Coding.
    "choice": ("Coding", "String", "Integer", "Date", "Time", "Reference"),
    "open-choice": ("Coding", "String", "Integer", "Date", "Time", "Reference"),
}
_ORDERED: Final = ("Decimal", "Integer", "Date", "DateTime", "Time", "String", "Quantity")
"""The types that `>`, `<`, `>=` and `<=` compare."""


def value_type(node: Node, name: str = "value") -> str | None:
    """The type of a choice element `value[x]` (`Coding`); None without a value."""
    for member in node:
        if member.startswith(name) and member[len(name) :][:1].isupper():
            return member[len(name) :]
    return None


def items_of(node: Node, place: Place) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """The items of a questionnaire, response or item, with their places."""
    items = node.get("item")
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield item, (place, "item", index)


def all_items(node: Node, place: Place) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """The items at every depth, each before those below it."""
    for item, below in items_of(node, place):
        yield item, below
        yield from all_items(item, below)


def check_questionnaire(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a Questionnaire."""
    items = list(all_items(node, place))
    types = {str(item.get("linkId")): str(item.get("type")) for item, _ in items}
    for item, below in items:
        _check_conditions(item, types, below, found)
        _check_options(item, below, found)
        _check_initial(item, below, found)


def _check_conditions(item: Node, types: Mapping[str, str], place: Place, found: Findings) -> None:
    conditions = item.get("enableWhen")
    for index, condition in enumerate(conditions if isinstance(conditions, list) else ()):
        if not isinstance(condition, dict):
            continue
        below: Place = (place, "enableWhen", index)
        question, operator = str(condition.get("question")), str(condition.get("operator"))
        if question not in types:
            words = f"Aucune question n’a le linkId « {question[:80]} »."
            found.warning("value", (below, "question", None), words, "questionnaire")
            continue
        if question == item.get("linkId"):
            words = "Une question ne dépend pas de sa propre réponse."
            found.warning("value", (below, "question", None), words, "questionnaire")
        answer = value_type(condition, "answer")
        if operator == "exists" or answer is None:
            continue
        expected = ANSWER_TYPES.get(types[question], ())
        if answer not in (*expected, *_OPTION_TYPES.get(types[question], ())):
            words = f"Une réponse à « {question} » est {_listed(expected)}, pas {answer}."
            found.warning("value", (below, f"answer{answer}", None), words, "questionnaire")
        elif operator in (">", "<", ">=", "<=") and answer not in _ORDERED:
            words = f"« {operator} » ne compare pas {answer}."
            found.warning("value", (below, "operator", None), words, "questionnaire")


def _listed(types: tuple[str, ...]) -> str:
    return " ou ".join(types) if types else "sans valeur"


def _check_options(item: Node, place: Place, found: Findings) -> None:
    options = item.get("answerOption")
    expected = _OPTION_TYPES.get(str(item.get("type")))
    selected = 0
    for index, option in enumerate(options if isinstance(options, list) else ()):
        if not isinstance(option, dict):
            continue
        selected += option.get("initialSelected") is True
        answer = value_type(option)
        if expected and answer and answer not in expected:
            words = f"Une réponse est {_listed(expected)}, pas {answer}."
            found.error("value", ((place, "answerOption", index), f"value{answer}", None), words)
    if selected > 1 and item.get("repeats") is not True:
        words = "Une question qui ne se répète pas a une réponse initiale au plus."
        found.error("value", (place, "answerOption", None), words)


def _check_initial(item: Node, place: Place, found: Findings) -> None:
    item_type = str(item.get("type"))
    expected = (*ANSWER_TYPES.get(item_type, ()), *_OPTION_TYPES.get(item_type, ()))
    for index, initial in enumerate(objects_in(item.get("initial"))):
        answer = value_type(initial)
        if expected and answer and answer not in expected:
            words = f"Une réponse est {_listed(expected)}, pas {answer}."
            found.error("value", ((place, "initial", index), f"value{answer}", None), words)

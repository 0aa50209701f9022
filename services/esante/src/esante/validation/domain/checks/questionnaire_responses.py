"""Responses to questionnaires: their items and answers are those of the questionnaire.

https://hl7.org/fhir/R4/questionnaireresponse.html
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from esante.core.domain.json_values import objects_in
from esante.terminology.domain.r4_terminology import membership_of
from esante.validation.domain.checks.enabled_items import EnabledItems
from esante.validation.domain.checks.questionnaires import (
    ANSWER_TYPES,
    all_items,
    items_of,
    value_type,
)
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node

_FINAL: Final = ("completed", "amended")
_EXTENSIONS: Final = "http://hl7.org/fhir/StructureDefinition/"
Item = Mapping[str, Any]
_Options = Mapping[str, frozenset[Hashable]]
"""The values of the options of a question, by the member that has them (`valueCoding`)."""


def check_questionnaire_response(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a QuestionnaireResponse against the questionnaire that it contains."""
    canonical = node.get("questionnaire")
    if not isinstance(canonical, str) or not canonical.startswith("#"):
        return
    for each in objects_in(node.get("contained")):
        if each.get("resourceType") == "Questionnaire" and each.get("id") == canonical[1:]:
            check_answers(node, each, place, found)


def check_answers(response: Node, questionnaire: Node, place: Place, found: Findings) -> None:
    """Add the issues of a response against its questionnaire."""
    check = _AnswerCheck(response, questionnaire, found)
    check.check_items(response, questionnaire, place)


@dataclass(slots=True)
class _Given:
    """The items of a response with one linkId, at one place."""

    items: list[tuple[Item, Place]]

    def answers(self) -> Iterator[tuple[Item, Place]]:
        for item, place in self.items:
            answers = item.get("answer")
            for index, answer in enumerate(answers if isinstance(answers, list) else ()):
                if isinstance(answer, dict):
                    yield answer, (place, "answer", index)


class _AnswerCheck:
    """The comparison of one response with its questionnaire."""

    def __init__(self, response: Node, questionnaire: Node, found: Findings) -> None:
        self._found = found
        self._final = response.get("status") in _FINAL
        self._enabled = EnabledItems(response)
        self._known = {
            str(item.get("linkId")) for item, _ in all_items(questionnaire, (None, "", None))
        }

    def check_items(self, node: Node, definition: Node, place: Place) -> None:
        """Check the items of a response, item or answer against those of the definition."""
        given: dict[str, _Given] = {}
        for item, below in items_of(node, place):
            given.setdefault(str(item.get("linkId")), _Given([])).items.append((item, below))
        defined = [str(item.get("linkId")) for item in objects_in(definition.get("item"))]
        self._check_order(given, defined)
        for item in objects_in(definition.get("item")):
            self._check_item(given.get(str(item.get("linkId")), _Given([])), item, place)

    def _check_order(self, given: Mapping[str, _Given], defined: list[str]) -> None:
        last = -1
        positions = {link_id: at for at, link_id in enumerate(defined)}
        for link_id, those in given.items():
            below: Place = (those.items[0][1], "linkId", None)
            if link_id not in positions:
                where = "ici" if link_id in self._known else "dans le questionnaire"
                words = f"La question « {link_id[:80]} » n’est pas {where}."
                self._found.error("structure", below, words)
            elif positions[link_id] < last:
                words = f"La question « {link_id[:80]} » vient avant, dans le questionnaire."
                self._found.error("structure", below, words)
            else:
                last = positions[link_id]

    def _check_item(self, given: _Given, item: Item, place: Place) -> None:
        if not self._enabled.is_enabled(item):
            for _, below in given.items:
                if any(True for _ in given.answers()):
                    words = f"La question « {item.get('linkId')} » ne se pose pas ici."
                    self._found.error("business-rule", below, words)
            return
        link_id, item_type = item.get("linkId"), str(item.get("type"))
        answers = list(given.answers())
        missing = not given.items if item_type == "group" else not answers
        if item.get("required") is True and missing and self._final:
            at = given.items[0][1] if given.items else (place, "item", None)
            words = f"La question « {link_id} » est obligatoire, et n’a pas de réponse."
            self._found.error("required", at, words)
        if item_type in ("group", "display"):
            for _, below in answers:
                words = f"« {link_id} » n’est pas une question : il n’a pas de réponse."
                self._found.error("structure", below, words)
        elif len(answers) > 1 and item.get("repeats") is not True:
            words = f"La question « {link_id} » a une réponse au plus."
            self._found.error("structure", answers[1][1], words)
        if item_type == "group" and len(given.items) > 1 and item.get("repeats") is not True:
            words = f"Le groupe « {link_id} » ne se répète pas."
            self._found.error("structure", given.items[1][1], words)
        for each, below in given.items:
            self.check_items(each, item if "item" in each else {}, below)
        options = _options(item)
        for answer, below in answers:
            self._check_answer(answer, item, options, below)

    def _check_answer(self, answer: Item, item: Item, options: _Options, place: Place) -> None:
        expected = ANSWER_TYPES.get(str(item.get("type")), ())
        # Options of a choice can have other types than Coding.
        allowed = (*expected, *(name.removeprefix("value") for name in options))
        given = value_type(answer)
        if given is None:
            return
        name = f"value{given}"
        below: Place = (place, name, None)
        if expected and given not in allowed:
            words = f"Une réponse est {' ou '.join(expected)}, pas {given}."
            self._found.error("value", below, words)
            return
        problem = _answer_problem(answer[name], name, item, options)
        if problem is not None:
            self._found.error("value", below, problem)
        if "item" in answer:
            self.check_items(answer, item, place)


def _answer_problem(value: Any, name: str, item: Item, options: _Options) -> str | None:
    """Why a value of an expected type is no answer to a question, in French; None if it is."""
    longest = item.get("maxLength")
    if isinstance(longest, int) and isinstance(value, str) and len(value) > longest:
        return f"Une réponse a {longest} caractères au plus, celle-ci en a {len(value)}."
    problem = _bound_problem(value, item)
    if problem is not None:
        return problem
    is_open = item.get("type") == "open-choice" and name == "valueString"
    if is_open or name not in ("valueCoding", "valueString", "valueInteger", "valueDate"):
        return None
    if options and _option_key(value) not in options.get(name, frozenset()):
        return "Cette réponse n’est pas une de celles que le questionnaire propose."
    return None if is_open else _value_set_problem(value, item)


def _options(item: Item) -> _Options:
    """The options of a question."""
    found: dict[str, set[Hashable]] = {}
    for option in objects_in(item.get("answerOption")):
        name = f"value{value_type(option)}"
        found.setdefault(name, set()).add(_option_key(option.get(name)))
    return {name: frozenset(keys) for name, keys in found.items()}


def _option_key(value: Any) -> Hashable:
    if isinstance(value, dict):
        return str(value.get("system")), str(value.get("code", value.get("display")))
    return str(value)


def _value_set_problem(value: Any, item: Item) -> str | None:
    url = item.get("answerValueSet")
    if item.get("type") == "open-choice" or not isinstance(url, str) or not isinstance(value, dict):
        return None
    codes = membership_of(url.partition("|")[0])
    if codes is None or codes.contains_any([value]) is not False:
        return None
    return f"Cette réponse n’est pas du jeu de valeurs {url}."


def _bound_problem(value: Any, item: Item) -> str | None:
    """Why a number or date is outside of the bounds `minValue` and `maxValue` of a question."""
    for extension in objects_in(item.get("extension")):
        url = str(extension.get("url"))
        name = url.removeprefix(_EXTENSIONS)
        bound = next((extension[each] for each in extension if each.startswith("value")), None)
        if name not in ("minValue", "maxValue") or not _comparable(value, bound):
            continue
        if value < bound if name == "minValue" else value > bound:
            return f"La réponse est hors des bornes : {name} est {bound}."
    return None


def _comparable(value: Any, bound: Any) -> bool:
    if isinstance(value, bool) or isinstance(bound, bool):
        return False
    if isinstance(value, int | Decimal) and isinstance(bound, int | Decimal):
        return True
    # Dates of the same precision are in the order of their text.
    return isinstance(value, str) and isinstance(bound, str) and len(value) == len(bound)

"""Responses to questionnaires: their items and answers are those of the questionnaire.

https://hl7.org/fhir/R4/questionnaireresponse.html
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
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
            return


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


@dataclass(frozen=True, slots=True)
class _Defined:
    """The items below an item of a questionnaire, or below the questionnaire."""

    items: Sequence[Item]
    positions: Mapping[str, int]
    """By linkId: the first item with it."""
    needed: list[int]
    """The positions of the required items, if their absence is an error."""


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What the answers to a question can be."""

    options: _Options
    bounds: Mapping[str, Any]
    """By `minValue` and `maxValue`."""


class _AnswerCheck:
    """The comparison of one response with its questionnaire.

    A group can be answered many times. What its definition says is therefore read once, and only
    the items that are answered or needed are looked at.
    """

    def __init__(self, response: Node, questionnaire: Node, found: Findings) -> None:
        self._found = found
        self._final = response.get("status") in _FINAL
        self._enabled = EnabledItems(response)
        self._known = {
            str(item.get("linkId")) for item, _ in all_items(questionnaire, (None, "", None))
        }
        # By the id() of an item, which lives as long as the questionnaire.
        self._defined: dict[int, _Defined] = {}
        self._allowed: dict[int, _Allowed] = {}

    def check_items(self, node: Node, definition: Node, place: Place) -> None:
        """Check the items of a response, item or answer against those of the definition."""
        given: dict[str, _Given] = {}
        for item, below in items_of(node, place):
            given.setdefault(str(item.get("linkId")), _Given([])).items.append((item, below))
        defined = self._defined_below(definition)
        self._check_order(given, defined.positions)
        places = {defined.positions[each] for each in given if each in defined.positions}
        for at in sorted(places.union(defined.needed)):
            item = defined.items[at]
            self._check_item(given.get(str(item.get("linkId")), _Given([])), item, place)

    def _defined_below(self, definition: Node) -> _Defined:
        known = self._defined.get(id(definition))
        if known is not None:
            return known
        items = objects_in(definition.get("item"))
        positions: dict[str, int] = {}
        for at, item in enumerate(items):
            positions.setdefault(str(item.get("linkId")), at)
        needed = [
            at
            for at in positions.values()
            if self._final and items[at].get("required") is True
            if self._enabled.is_enabled(items[at])
        ]
        return self._defined.setdefault(id(definition), _Defined(items, positions, needed))

    def _check_order(self, given: Mapping[str, _Given], positions: Mapping[str, int]) -> None:
        last = -1
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
        link_id, item_type = item.get("linkId"), str(item.get("type"))
        answers = list(given.answers())
        if not self._enabled.is_enabled(item):
            for _, below in given.items if answers else ():
                words = f"La question « {link_id} » ne se pose pas ici."
                self._found.error("business-rule", below, words)
            return
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
            if "item" in each:
                self.check_items(each, item, below)
        for answer, below in answers:
            self._check_answer(answer, item, below)

    def _check_answer(self, answer: Item, item: Item, place: Place) -> None:
        expected = ANSWER_TYPES.get(str(item.get("type")), ())
        allowed = self._allowed.get(id(item))
        if allowed is None:
            allowed = self._allowed[id(item)] = _Allowed(_options(item), _bounds(item))
        given = value_type(answer)
        if given is None:
            return
        name = f"value{given}"
        below: Place = (place, name, None)
        # Options of a choice can have other types than Coding.
        if expected and given not in expected and name not in allowed.options:
            words = f"Une réponse est {' ou '.join(expected)}, pas {given}."
            self._found.error("value", below, words)
            return
        problem = _answer_problem(answer[name], name, item, allowed)
        if problem is not None:
            self._found.error("value", below, problem)
        if "item" in answer:
            self.check_items(answer, item, place)


def _answer_problem(value: Any, name: str, item: Item, allowed: _Allowed) -> str | None:
    """Why a value of an expected type is no answer to a question, in French; None if it is."""
    longest = item.get("maxLength")
    if isinstance(longest, int) and isinstance(value, str) and len(value) > longest:
        return f"Une réponse a {longest} caractères au plus, celle-ci en a {len(value)}."
    problem = _bound_problem(value, allowed.bounds)
    if problem is not None:
        return problem
    is_open = item.get("type") == "open-choice" and name == "valueString"
    if is_open or name not in ("valueCoding", "valueString", "valueInteger", "valueDate"):
        return None
    options = allowed.options
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


def _bounds(item: Item) -> Mapping[str, Any]:
    """The values of the extensions `minValue` and `maxValue` of a question, the first of each."""
    found: dict[str, Any] = {}
    for extension in objects_in(item.get("extension")):
        name = str(extension.get("url")).removeprefix(_EXTENSIONS)
        bound = next((extension[each] for each in extension if each.startswith("value")), None)
        if name in ("minValue", "maxValue"):
            found.setdefault(name, bound)
    return found


def _bound_problem(value: Any, bounds: Mapping[str, Any]) -> str | None:
    """Why a number or date is outside of the bounds of a question."""
    for name, bound in bounds.items():
        if not _comparable(value, bound):
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

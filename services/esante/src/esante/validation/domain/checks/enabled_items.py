"""Which questions are put, by the answers to others.

https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Final

from esante.core.domain.json_values import objects_in
from esante.validation.domain.checks.questionnaires import value_type

_Compare = Callable[[Any, Any], bool]
_ORDERS: Final[Mapping[str, _Compare]] = {">": gt, "<": lt, ">=": ge, "<=": le}


_MAX_COMPARISONS: Final = 200_000
"""Greatest number of answers compared for one response."""


class EnabledItems:
    """Decides whether a question is put, for one response: it is, past `_MAX_COMPARISONS`.

    The conditions of an item are evaluated once: the items live longer than this.
    """

    def __init__(self, response: Mapping[str, Any]) -> None:
        self._remaining = _MAX_COMPARISONS
        self._enabled: dict[int, bool] = {}  # by the id() of the item
        self._answers: dict[str, list[Any]] = {}
        for item in _items(response):
            answers = self._answers.setdefault(str(item.get("linkId")), [])
            for answer in objects_in(item.get("answer")):
                name = value_type(answer)
                if name is not None:
                    answers.append(answer[f"value{name}"])

    def is_enabled(self, item: Mapping[str, Any]) -> bool:
        """Whether the conditions of an item of the questionnaire are met."""
        known = self._enabled.get(id(item))
        if known is None:
            results = [self._is_met(each) for each in objects_in(item.get("enableWhen"))]
            met = all(results) if item.get("enableBehavior") == "all" else any(results)
            known = self._enabled[id(item)] = met or not results
        return known

    def _is_met(self, condition: Mapping[str, Any]) -> bool:
        answers = self._answers.get(str(condition.get("question")), [])
        self._remaining -= len(answers)
        if self._remaining < 0:
            return True
        operator, name = condition.get("operator"), value_type(condition, "answer")
        expected = condition.get(f"answer{name}")
        if operator == "exists":
            return bool(answers) == expected
        if operator == "=":
            return any(_equal(answer, expected) for answer in answers)
        if operator == "!=":
            return not any(_equal(answer, expected) for answer in answers)
        compare = _ORDERS.get(str(operator))
        return compare is not None and any(
            _ordered(compare, answer, expected) for answer in answers
        )


def _items(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for item in objects_in(node.get("item")):
        yield item
        yield from _items(item)
        for answer in objects_in(item.get("answer")):
            yield from _items(answer)


def _equal(answer: Any, expected: Any) -> bool:
    if isinstance(answer, dict) and isinstance(expected, dict):
        names = ("system", "code", "value", "reference")
        return all(answer.get(each) == expected.get(each) for each in names)
    return bool(answer == expected)


def _ordered(compare: _Compare, answer: Any, expected: Any) -> bool:
    if isinstance(answer, dict) and isinstance(expected, dict):
        answer, expected = answer.get("value"), expected.get("value")
    numbers = isinstance(answer, int | Decimal) and isinstance(expected, int | Decimal)
    texts = isinstance(answer, str) and isinstance(expected, str)
    return (numbers or texts) and compare(answer, expected)

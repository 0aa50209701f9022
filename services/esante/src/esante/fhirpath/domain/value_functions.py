"""How functions of single values are declared: their arguments are evaluated before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from esante.fhirpath.domain.arithmetic import number_node
from esante.fhirpath.domain.evaluator import Evaluation, Values, single, truth
from esante.fhirpath.domain.expressions import CannotEvaluate
from esante.fhirpath.domain.nodes import Node


@dataclass(frozen=True, slots=True)
class ValueFunction:
    """A function of values."""

    least: int
    """Number of arguments."""
    most: int
    evaluate: Callable[[Evaluation, Values, Sequence[Values]], Values]
    """(evaluation, the collection it is called on, the values of each argument)."""


def on_text(
    least: int, most: int, function: Callable[[Evaluation, str, Sequence[Any]], Any]
) -> ValueFunction:
    """A function of one text; empty if the text or an argument is."""

    def evaluate(ev: Evaluation, values: Values, given: Sequence[Values]) -> Values:
        if not values or not all(given):
            return []
        text = single(values).value
        if text is None:
            return []
        if not isinstance(text, str):
            raise CannotEvaluate("Un texte est attendu.")
        ev.budget.spend(1 + len(text) // 50)
        return result(ev, function(ev, text, [single(each).value for each in given]))

    return ValueFunction(least, most, evaluate)


def on_node(
    least: int, most: int, function: Callable[[Node, Sequence[Any]], Node | None]
) -> ValueFunction:
    """A function of one value of any type; empty if the value or an argument is."""

    def evaluate(_: Evaluation, values: Values, given: Sequence[Values]) -> Values:
        if not values or not all(given):
            return []
        try:
            found = function(single(values), [single(each).value for each in given])
        except ArithmeticError:
            raise CannotEvaluate("Ce calcul n’est pas fait ici.") from None
        return [] if found is None else [found]

    return ValueFunction(least, most, evaluate)


def result(ev: Evaluation, value: Any) -> Values:
    """A result as a collection: None is empty, a list has its texts."""
    if value is None:
        return []
    if isinstance(value, bool):
        return truth(value)
    if isinstance(value, list):
        ev.budget.spend(len(value))
        return [ev.text(each) for each in value]
    return [number_node(value)] if isinstance(value, int | Decimal) else [ev.text(value)]


def text_argument(value: Any) -> str:
    """An argument that is a text. Raises CannotEvaluate."""
    if not isinstance(value, str):
        raise CannotEvaluate("Un texte est attendu.")
    return value


def integer_argument(value: Any) -> int:
    """An argument that is an integer. Raises CannotEvaluate."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise CannotEvaluate("Un nombre entier est attendu.")
    return value

"""The functions of FHIRPath on collections. https://hl7.org/fhirpath/N1/#functions"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from esante.validation.domain.fhirpath.evaluator import (
    Evaluation,
    Scope,
    Values,
    single,
    truth,
    truth_of,
    type_test,
)
from esante.validation.domain.fhirpath.expressions import (
    Call,
    CannotEvaluate,
    Chain,
    Expression,
    Member,
)
from esante.validation.domain.fhirpath.fhir_functions import (
    extensions,
    has_value,
    member_of,
    resolve,
)
from esante.validation.domain.fhirpath.nodes import (
    Node,
    all_children,
)
from esante.validation.domain.fhirpath.text_functions import TEXT_FUNCTIONS

Function = Callable[[Evaluation, Values, tuple[Expression, ...], Scope], Values]
"""(evaluation, the collection it is called on, arguments not yet evaluated, scope)."""


def call(evaluation: Evaluation, step: Call, values: Values, scope: Scope) -> Values:
    """The result of a function. Raises CannotEvaluate for one that is not known here."""
    least_most = _ARGUMENTS.get(step.name)
    if least_most is None:
        return _call_on_text(evaluation, step, values, scope)
    least, most = least_most
    if not least <= len(step.arguments) <= most:
        raise CannotEvaluate(f"{step.name}() n’a pas autant de paramètres.")
    return _FUNCTIONS[step.name](evaluation, values, step.arguments, scope)


def _call_on_text(evaluation: Evaluation, step: Call, values: Values, scope: Scope) -> Values:
    function = TEXT_FUNCTIONS.get(step.name)
    if function is None:
        raise CannotEvaluate(f"La fonction {step.name[:40]}() n’est pas connue ici.")
    arguments = [evaluation.values(each, scope) for each in step.arguments]
    return function(evaluation, values, arguments)


def _where(ev: Evaluation, values: Values, given: tuple[Expression, ...], _: Scope) -> Values:
    return [each for at, each in enumerate(values) if ev.truth(given[0], Scope([each], at)) is True]


def _select(ev: Evaluation, values: Values, given: tuple[Expression, ...], _: Scope) -> Values:
    found: Values = []
    for at, each in enumerate(values):
        below = ev.values(given[0], Scope([each], at))
        ev.budget.spend(len(below))
        found += below
    return found


def _repeat(ev: Evaluation, values: Values, given: tuple[Expression, ...], _: Scope) -> Values:
    found: Values = []
    ahead = values
    while ahead:
        below = _select(ev, ahead, given, _)
        ahead = []
        for each in below:
            if not ev.is_among(each, found):
                found.append(each)
                ahead.append(each)
    return found


def _exists(ev: Evaluation, values: Values, given: tuple[Expression, ...], _: Scope) -> Values:
    if not given:
        return truth(bool(values))
    criteria = (ev.truth(given[0], Scope([each], at)) for at, each in enumerate(values))
    return truth(any(each is True for each in criteria))


def _all(ev: Evaluation, values: Values, given: tuple[Expression, ...], _: Scope) -> Values:
    criteria = (ev.truth(given[0], Scope([each], at)) for at, each in enumerate(values))
    return truth(all(each is True for each in criteria))


def _iif(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    within = Scope(values, scope.index)
    if ev.truth(given[0], within) is True:
        return ev.values(given[1], within)
    return ev.values(given[2], within) if len(given) == 3 else []


def _subset(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    others = ev.values(given[0], scope)
    return truth(all(ev.is_among(each, others) for each in values))


def _superset(
    ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope
) -> Values:
    return truth(all(ev.is_among(each, values) for each in ev.values(given[0], scope)))


def _intersect(
    ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope
) -> Values:
    others = ev.values(given[0], scope)
    return ev.distinct([each for each in values if ev.is_among(each, others)])


def _exclude(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    others = ev.values(given[0], scope)
    return [each for each in values if not ev.is_among(each, others)]


def _combine(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    found = [*values, *ev.values(given[0], scope)]
    ev.budget.spend(len(found))
    return found


def _union(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    return ev.distinct(_combine(ev, values, given, scope))


def _skip(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    return values[max(0, _count(ev, given, scope)) :]


def _take(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    return values[: max(0, _count(ev, given, scope))]


def _count(ev: Evaluation, given: tuple[Expression, ...], scope: Scope) -> int:
    number = single(ev.values(given[0], scope)).value
    if not isinstance(number, int) or isinstance(number, bool):
        raise CannotEvaluate("Un nombre entier est attendu.")
    return number


def _of_type(_: Evaluation, values: Values, given: tuple[Expression, ...], __: Scope) -> Values:
    return type_test(values, "as", _type_name(given[0]))


def _is(_: Evaluation, values: Values, given: tuple[Expression, ...], __: Scope) -> Values:
    return type_test(values, "is", _type_name(given[0]))


def _type_name(expression: Expression) -> str:
    """The type that an argument names: `Patient`, `FHIR.Patient`."""
    if isinstance(expression, Chain) and expression.head is None:
        last = expression.steps[-1]
        if isinstance(last, Member):
            return last.name
    raise CannotEvaluate("Un nom de type est attendu.")


def _children(ev: Evaluation, values: Values, _: tuple[Expression, ...], __: Scope) -> Values:
    found: Values = []
    for each in values:
        for below in all_children(each):
            ev.budget.spend(1)
            found.append(below)
    return found


def _descendants(
    ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope
) -> Values:
    found: Values = []
    ahead = values
    while ahead:
        ahead = _children(ev, ahead, given, scope)
        found += ahead
    return found


def _not(_: Evaluation, values: Values, __: tuple[Expression, ...], ___: Scope) -> Values:
    value = truth_of(values)
    return truth(None if value is None else not value)


def _quantified(expected: bool, decide: Callable[[Iterator[bool]], bool]) -> Function:
    """allTrue(), anyFalse(), …"""
    return lambda _, values, __, ___: truth(decide(each.value is expected for each in values))


_FUNCTIONS: Final[Mapping[str, Function]] = {
    "where": _where,
    "select": _select,
    "repeat": _repeat,
    "exists": _exists,
    "all": _all,
    "iif": _iif,
    "subsetOf": _subset,
    "supersetOf": _superset,
    "intersect": _intersect,
    "exclude": _exclude,
    "combine": _combine,
    "union": _union,
    "skip": _skip,
    "take": _take,
    "ofType": _of_type,
    "as": _of_type,
    "is": _is,
    "children": _children,
    "descendants": _descendants,
    "extension": extensions,
    "hasValue": has_value,
    "getValue": lambda _, values, __, ___: [each for each in values if each.value is not None],
    "resolve": resolve,
    "memberOf": member_of,
    "not": _not,
    "trace": lambda _, values, __, ___: values,
    # The narrative is judged on its own (`domain/narrative`).
    "htmlChecks": lambda _, __, ___, ____: truth(True),
    "empty": lambda _, values, __, ___: truth(not values),
    "count": lambda _, values, __, ___: [Node(len(values), "integer")],
    "distinct": lambda ev, values, _, __: ev.distinct(values),
    "isDistinct": lambda ev, values, _, __: truth(len(ev.distinct(values)) == len(values)),
    "first": lambda _, values, __, ___: values[:1],
    "last": lambda _, values, __, ___: values[-1:],
    "tail": lambda _, values, __, ___: values[1:],
    "single": lambda _, values, __, ___: [single(values)] if values else [],
    "allTrue": _quantified(True, all),
    "anyTrue": _quantified(True, any),
    "allFalse": _quantified(False, all),
    "anyFalse": _quantified(False, any),
}
_ONE: Final = frozenset(
    {"where", "select", "repeat", "all", "subsetOf", "supersetOf", "intersect", "exclude"}
) | {"combine", "union", "skip", "take", "ofType", "as", "is", "extension", "memberOf"}
# The least and greatest number of arguments of each function.
_ARGUMENTS: Final[Mapping[str, tuple[int, int]]] = {
    **{name: (1, 1) if name in _ONE else (0, 0) for name in _FUNCTIONS},
    "exists": (0, 1),
    "iif": (2, 3),
    "trace": (1, 2),
}

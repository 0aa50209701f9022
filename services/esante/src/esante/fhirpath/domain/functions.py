"""The functions of FHIRPath on collections, and the table of all functions.

https://hl7.org/fhirpath/N1/#functions
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cmp_to_key
from typing import Final

from esante.fhirpath.domain.comparisons import compare
from esante.fhirpath.domain.evaluator import (
    Evaluation,
    Scope,
    Values,
    single,
    truth,
    truth_of,
    type_test,
)
from esante.fhirpath.domain.expressions import (
    Call,
    CannotEvaluate,
    Chain,
    Expression,
    Member,
    Negation,
)
from esante.fhirpath.domain.fhir_functions import FHIR_FUNCTIONS
from esante.fhirpath.domain.nodes import UNRESOLVED, Node, all_children, has_type, is_type
from esante.fhirpath.domain.number_functions import NUMBER_FUNCTIONS
from esante.fhirpath.domain.text_functions import TEXT_FUNCTIONS
from esante.fhirpath.domain.value_functions import ValueFunction

Function = Callable[[Evaluation, Values, tuple[Expression, ...], Scope], Values]
"""(evaluation, the collection it is called on, arguments not yet evaluated, scope)."""


def call(evaluation: Evaluation, step: Call, values: Values, scope: Scope) -> Values:
    """The result of a function. Raises CannotEvaluate for one that is not known here."""
    name, given = step.name, step.arguments
    function = _FUNCTIONS.get(name)
    if function is not None:
        least, most = _ARGUMENTS[name]
        if not least <= len(given) <= most:
            raise CannotEvaluate(f"{name}() n’a pas autant de paramètres.")
        if name not in _OF_UNRESOLVED:
            for each in values:
                if each.type[:1] == UNRESOLVED:
                    raise CannotEvaluate("Une référence n’est pas suivie ici.")
        return function(evaluation, values, given, scope)
    of_values = _VALUE_FUNCTIONS.get(name)
    if of_values is not None:
        if not of_values.least <= len(given) <= of_values.most:
            raise CannotEvaluate(f"{name}() n’a pas autant de paramètres.")
        arguments = [evaluation.values(each, scope) for each in given]
        return of_values.evaluate(evaluation, values, arguments)
    additional = evaluation.environment.functions.get(name)
    if additional is None:
        raise CannotEvaluate(f"La fonction {name[:40]}() n’est pas connue ici.")
    return additional(evaluation, values, [evaluation.values(each, scope) for each in given])


def is_function(name: str) -> bool:
    """Whether a function of that name is evaluated here."""
    return name in _FUNCTIONS or name in _VALUE_FUNCTIONS


def _where(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    criterion, total = given[0], scope.total
    return [
        each
        for at, each in enumerate(values)
        if ev.truth(criterion, Scope([each], at, total)) is True
    ]


def _select(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    found: Values = []
    for at, each in enumerate(values):
        below = ev.values(given[0], Scope([each], at, scope.total))
        ev.budget.spend(len(below))
        found += below
    return found


def _repeat(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    found: Values = []
    ahead = values
    while ahead:
        below = _select(ev, ahead, given, scope)
        ahead = []
        for each in below:
            if not ev.is_among(each, found):
                found.append(each)
                ahead.append(each)
    return found


def _aggregate(
    ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope
) -> Values:
    total = ev.values(given[1], scope) if len(given) == 2 else []
    for at, each in enumerate(values):
        total = ev.values(given[0], Scope([each], at, total))
        ev.budget.spend(len(total))
    return total


def _exists(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    if not given:
        return truth(bool(values))
    return truth(any(each is True for each in _criteria(ev, values, given[0], scope)))


def _all(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    return truth(all(each is True for each in _criteria(ev, values, given[0], scope)))


def _criteria(
    ev: Evaluation, values: Values, criterion: Expression, scope: Scope
) -> Iterator[bool | None]:
    for at, each in enumerate(values):
        yield ev.truth(criterion, Scope([each], at, scope.total))


def _iif(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    # As a function of no collection, it has that of the expression around it.
    within = scope if values is scope.this else Scope(values, scope.index, scope.total)
    if len(values) > 1 and values is not scope.this:
        single(values)
    criterion = ev.values(given[0], within)
    if criterion and not isinstance(single(criterion).value, bool):
        raise CannotEvaluate("La condition de iif() est un booléen.")
    if truth_of(criterion) is True:
        return ev.values(given[1], within)
    return ev.values(given[2], within) if len(given) == 3 else []


def _sort(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    """The values in the order of keys; `-` before a key reverses it, also for texts."""
    keys: list[list[Node | None]] = []
    reverse = [isinstance(each, Negation) for each in given] or [False]
    for at, each in enumerate(values):
        within, own = Scope([each], at, scope.total), []
        for key in given:
            found = ev.values(key.operand if isinstance(key, Negation) else key, within)
            own.append(single(found) if found else None)
        keys.append(own or [each])

    def order(one: int, other: int) -> int:
        ev.budget.spend(1)
        for left, right, is_reverse in zip(keys[one], keys[other], reverse, strict=True):
            result = _order_of_keys(left, right)
            if result:
                return -result if is_reverse else result
        return 0

    return [values[at] for at in sorted(range(len(values)), key=cmp_to_key(order))]


def _order_of_keys(left: Node | None, right: Node | None) -> int:
    if left is None or right is None:
        # As the public test suite has it, an empty key is the greatest.
        return int(left is None) - int(right is None)
    result = compare(left, right)
    if result is None:
        raise CannotEvaluate("L’ordre de ces valeurs n’est pas connu.")
    return result


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
    count = _count(ev, given, scope)
    return [] if count is None else values[max(0, count) :]


def _take(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    count = _count(ev, given, scope)
    return [] if count is None else values[: max(0, count)]


def _count(ev: Evaluation, given: tuple[Expression, ...], scope: Scope) -> int | None:
    found = ev.values(given[0], scope)
    if not found:
        return None
    number = single(found).value
    if not isinstance(number, int) or isinstance(number, bool):
        raise CannotEvaluate("Un nombre entier est attendu.")
    return number


def _of_type(_: Evaluation, values: Values, given: tuple[Expression, ...], __: Scope) -> Values:
    name = _type_name(given[0])
    if not values and not is_type(name):
        return type_test(values, "as", name)
    return [each for each in values if has_type(each, name, exactly=True)]


def _as(_: Evaluation, values: Values, given: tuple[Expression, ...], __: Scope) -> Values:
    return type_test(values, "as", _type_name(given[0]))


def _is(_: Evaluation, values: Values, given: tuple[Expression, ...], __: Scope) -> Values:
    return type_test(values, "is", _type_name(given[0]))


def _type_name(expression: Expression) -> str:
    """The type that an argument names: `Patient`, `FHIR.Patient`."""
    if isinstance(expression, Chain) and expression.head is None:
        names = [each.name for each in expression.steps if isinstance(each, Member)]
        if len(names) == len(expression.steps):
            return ".".join(names)
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


def _trace(ev: Evaluation, values: Values, given: tuple[Expression, ...], scope: Scope) -> Values:
    name = ev.values(given[0], scope)
    traced = values if len(given) == 1 else _select(ev, values, given[1:], scope)
    ev.trace(str(single(name).value) if name else "", traced)
    return values


def _not(_: Evaluation, values: Values, __: tuple[Expression, ...], ___: Scope) -> Values:
    value = truth_of(values)
    return truth(None if value is None else not value)


def _quantified(expected: bool, decide: Callable[[Iterator[bool]], bool]) -> Function:
    """allTrue(), anyFalse(), …"""

    def evaluate(_: Evaluation, values: Values, __: tuple[Expression, ...], ___: Scope) -> Values:
        if not all(isinstance(each.value, bool) for each in values):
            raise CannotEvaluate("Des booléens sont attendus.")
        return truth(decide(each.value is expected for each in values))

    return evaluate


_FUNCTIONS: Final[Mapping[str, Function]] = {
    "where": _where,
    "select": _select,
    "repeat": _repeat,
    "aggregate": _aggregate,
    "exists": _exists,
    "all": _all,
    "iif": _iif,
    "sort": _sort,
    "subsetOf": _subset,
    "supersetOf": _superset,
    "intersect": _intersect,
    "exclude": _exclude,
    "combine": _combine,
    "union": _union,
    "skip": _skip,
    "take": _take,
    "ofType": _of_type,
    "as": _as,
    "is": _is,
    "children": _children,
    "descendants": _descendants,
    "trace": _trace,
    "not": _not,
    "empty": lambda _, values, __, ___: truth(not values),
    "count": lambda _, values, __, ___: [Node(len(values), "System.Integer")],
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
    **FHIR_FUNCTIONS,
}
_VALUE_FUNCTIONS: Final[Mapping[str, ValueFunction]] = {**TEXT_FUNCTIONS, **NUMBER_FUNCTIONS}
_OF_UNRESOLVED: Final = frozenset({"where", "select", "is", "as", "ofType", "first", "last"}) | {
    "all",
    "iif",
    "trace",
}
"""Functions that need not know more of a value than its type."""
_ONE: Final = frozenset(
    {"where", "select", "repeat", "all", "subsetOf", "supersetOf", "intersect", "exclude"}
) | {"combine", "union", "skip", "take", "ofType", "as", "is", "extension", "memberOf"}
# The least and greatest number of arguments of each function.
_ARGUMENTS: Final[Mapping[str, tuple[int, int]]] = {
    **{name: (1, 1) if name in _ONE else (0, 0) for name in _FUNCTIONS},
    "exists": (0, 1),
    "iif": (2, 3),
    "trace": (1, 2),
    "aggregate": (1, 2),
    "sort": (0, 8),
    "conformsTo": (1, 1),
}

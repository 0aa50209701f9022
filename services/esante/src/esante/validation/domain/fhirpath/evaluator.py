"""Evaluates FHIRPath expressions within a budget of steps, texts and numbers.

What it does not know raises CannotEvaluate: the caller reports it, and nothing is guessed.
https://hl7.org/fhirpath/N1/
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from esante.validation.domain.fhirpath.arithmetic import ARITHMETIC, calculate, negated
from esante.validation.domain.fhirpath.comparisons import (
    DATES,
    compare,
    equal,
    equal_collections,
    equivalent,
)
from esante.validation.domain.fhirpath.expressions import (
    Call,
    CannotEvaluate,
    Chain,
    Expression,
    Index,
    Literal,
    Member,
    Negation,
    Operation,
    TypeName,
    Variable,
)
from esante.validation.domain.fhirpath.nodes import Node, children, has_type
from esante.validation.domain.profiles.bound_codes import BoundCodes
from esante.validation.domain.profiles.check_budget import CheckBudget

Values = list[Node]
"""A collection of FHIRPath."""

_CONSTANTS: Final[Mapping[str, Values]] = {
    "%ucum": [Node("http://unitsofmeasure.org", "uri")],
    "%sct": [Node("http://snomed.info/sct", "uri")],
    "%loinc": [Node("http://loinc.org", "uri")],
}
"""https://hl7.org/fhir/R4/fhirpath.html#variables"""
MAX_TEXT: Final = 100_000
"""Greatest length of a text that an expression makes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression is evaluated on."""

    this: Values
    """`$this`: one value in the criteria of a function."""
    index: int | None = None
    """`$index`"""


class Evaluation:
    """One evaluation.

    `variables`: the values of `%resource`, … by name with the sign. `codes`: the value sets of
    memberOf(). `call`: `functions.call`, which cannot be imported here: it imports this module.
    """

    def __init__(
        self,
        variables: Mapping[str, Values],
        codes: BoundCodes,
        budget: CheckBudget,
        call: "CallFunction",
    ) -> None:
        self._variables, self._call = variables, call
        self.codes, self.budget = codes, budget

    def values(self, expression: Expression, scope: Scope) -> Values:
        """The values of an expression. Raises CannotEvaluate, and TooManyChecks past the budget."""
        self.budget.spend(1)
        match expression:
            case Literal():
                return [Node(expression.value, expression.type)] if expression.type else []
            case Variable():
                return self.variable(expression.name, scope)
            case Chain():
                return self._chain(expression, scope)
            case Operation():
                return self._operation(expression, scope)
            case Negation():
                return [negated(each) for each in self.values(expression.operand, scope)]

    def truth(self, expression: Expression, scope: Scope) -> bool | None:
        """The truth of an expression: None if it is empty; a single value that is no boolean is
        true."""
        return truth_of(self.values(expression, scope))

    def variable(self, name: str, scope: Scope) -> Values:
        """The values of a variable. Raises CannotEvaluate for one that is not known."""
        if name == "$this":
            return scope.this
        if name == "$index" and scope.index is not None:
            return [Node(scope.index, "integer")]
        found = self._variables.get(name, _CONSTANTS.get(name))
        if found is None:
            raise CannotEvaluate(f"« {name[:40]} » n’est pas connu ici.")
        return found

    def _chain(self, chain: Chain, scope: Scope) -> Values:
        if chain.head is None:
            found, is_first = scope.this, True
        else:
            found, is_first = self.values(chain.head, scope), False
        for step in chain.steps:
            self.budget.spend(1 + len(found))
            match step:
                case Member():
                    found = self._members(found, step.name, is_first=is_first)
                case Call():
                    found = self._call(self, step, found, scope)
                case Index():
                    found = _at(found, self.values(step.position, scope))
            is_first = False
        return found

    def _members(self, values: Values, name: str, *, is_first: bool) -> Values:
        # An expression can start with the type that it is evaluated on: `Patient.name`.
        if is_first and name[:1].isupper():
            return [each for each in values if has_type(each, name)]
        found: Values = []
        for each in values:
            below = list(children(each, name))
            self.budget.spend(len(below))
            found += below
        return found

    def _operation(self, operation: Operation, scope: Scope) -> Values:
        found = self.values(operation.first, scope)
        for sign, right in operation.rest:
            self.budget.spend(1)
            if isinstance(right, TypeName):
                found = type_test(found, sign, right.name)
            elif sign in ("and", "or", "xor", "implies"):
                found = self._logic(found, sign, right, scope)
            else:
                found = self._operate(found, sign, self.values(right, scope))
        return found

    def _logic(self, left: Values, sign: str, right: Expression, scope: Scope) -> Values:
        one = truth_of(left)
        if sign == "and" and one is False:
            return truth(False)
        if (sign == "or" and one) or (sign == "implies" and one is False):
            return truth(True)
        other = self.truth(right, scope)
        if sign == "implies":
            if one:
                return truth(other)
            return truth(True if other else None)
        if sign == "xor":
            return truth(None if one is None or other is None else one != other)
        decisive = sign == "or"
        if decisive in (one, other):
            return truth(decisive)
        return truth(None if None in (one, other) else not decisive)

    def _operate(self, left: Values, sign: str, right: Values) -> Values:
        self.budget.spend(len(left) + len(right))
        if sign == "|":
            return self.distinct([*left, *right])
        if sign in ("=", "!="):
            same = equal_collections(left, right, self.budget) if left and right else None
            return truth(same if sign == "=" or same is None else not same)
        if sign in ("~", "!~"):
            return truth(self._equivalent(left, right) == (sign == "~"))
        if sign == "in":
            return self._contains(right, left)
        if sign == "contains":
            return self._contains(left, right)
        if sign == "&":
            return [self.joined_text(_joined(left), _joined(right))]
        if not left or not right:
            return []
        one, other = single(left), single(right)
        if sign in ARITHMETIC:
            return self._calculate(one, sign, other)
        order = compare(one, other)
        if order is None:
            return []
        return truth({"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[sign])

    def _equivalent(self, left: Values, right: Values) -> bool:
        if len(left) != len(right):
            return False
        rest = list(right)
        for each in left:
            at = next((i for i, r in enumerate(rest) if equivalent(each, r, self.budget)), None)
            if at is None:
                return False
            del rest[at]
        return True

    def _contains(self, values: Values, item: Values) -> Values:
        return truth(self.is_among(single(item), values)) if item else []

    def is_among(self, item: Node, values: Sequence[Node]) -> bool:
        """Whether one of those values is equal to an item."""
        self.budget.spend(len(values))
        return any(equal(item, each, self.budget) for each in values)

    def distinct(self, values: Values) -> Values:
        """Those values, each once."""
        if all(isinstance(each.value, str) and each.type not in DATES for each in values):
            # In linear time: invariants compare the codes of entire code systems.
            self.budget.spend(len(values))
            return list({each.value: each for each in values}.values())
        found: Values = []
        for each in values:
            if not self.is_among(each, found):
                found.append(each)
        return found

    def text(self, value: str) -> Node:
        """A text that an expression makes. Raises CannotEvaluate past `MAX_TEXT`."""
        if len(value) > MAX_TEXT:
            raise too_long()
        self.budget.spend(1 + len(value) // 50)
        return Node(value, "string")

    def joined_text(self, one: str, other: str) -> Node:
        """Two texts as one. Raises CannotEvaluate past `MAX_TEXT`, before megabytes are copied."""
        if len(one) + len(other) > MAX_TEXT:
            raise too_long()
        return self.text(one + other)

    def _calculate(self, left: Node, sign: str, right: Node) -> Values:
        if sign == "+" and isinstance(left.value, str) and isinstance(right.value, str):
            return [self.joined_text(left.value, right.value)]
        number = calculate(left, sign, right)
        return [] if number is None else [number]


CallFunction = Callable[[Evaluation, Call, Values, Scope], Values]
"""(evaluation, call, the collection it is called on, scope)."""


def too_long() -> CannotEvaluate:
    """The error of a text past `MAX_TEXT`."""
    return CannotEvaluate(f"Un texte calculé a {MAX_TEXT} caractères au plus.")


def type_test(values: Values, sign: str, name: str) -> Values:
    """`is` and `as`."""
    if sign == "is":
        return truth(has_type(single(values), name)) if values else []
    return [each for each in values if has_type(each, name)]


def single(values: Values) -> Node:
    """The only value. Raises CannotEvaluate for several."""
    if len(values) != 1:
        raise CannotEvaluate("Une seule valeur est attendue, et il y en a plusieurs.")
    return values[0]


def truth(value: bool | None) -> Values:
    """A boolean as a collection; empty for None."""
    return [] if value is None else [Node(value, "boolean")]


def truth_of(values: Values) -> bool | None:
    """The boolean of a collection, as in `Evaluation.truth`."""
    if not values:
        return None
    value = single(values).value
    return value if isinstance(value, bool) else True


def _joined(values: Values) -> str:
    if not values:
        return ""
    value = single(values).value
    if isinstance(value, str | None):
        return value or ""
    raise CannotEvaluate("Ce n’est pas un texte.")


def _at(values: Values, position: Values) -> Values:
    if not position:
        return []
    at = single(position).value
    if not isinstance(at, int) or isinstance(at, bool):
        raise CannotEvaluate("Un rang est un nombre entier.")
    return values[at : at + 1] if at >= 0 else []

"""Evaluates FHIRPath expressions within a budget of steps, texts and numbers.

What it does not know raises CannotEvaluate: the caller reports it, and nothing is guessed.
https://hl7.org/fhirpath/N1/
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from esante.core.domain.check_budget import CheckBudget
from esante.fhirpath.domain.arithmetic import calculate, negated
from esante.fhirpath.domain.comparisons import (
    compare,
    equal,
    equal_collections,
    equivalent_collections,
)
from esante.fhirpath.domain.expressions import (
    Call,
    CannotEvaluate,
    Chain,
    Expression,
    Literal,
    Member,
    Operation,
    TypeName,
    Variable,
)
from esante.fhirpath.domain.nodes import (
    DATES,
    TIMES,
    UNRESOLVED,
    Node,
    children,
    element_names,
    has_type,
    is_type,
)
from esante.fhirpath.domain.quantities import Quantity

Values = list[Node]
"""A collection of FHIRPath."""

_CONSTANTS: Final[Mapping[str, Values]] = {
    "%ucum": [Node("http://unitsofmeasure.org", "System.String")],
    "%sct": [Node("http://snomed.info/sct", "System.String")],
    "%loinc": [Node("http://loinc.org", "System.String")],
}
"""https://hl7.org/fhir/R4/fhirpath.html#variables"""
_PREFIXES: Final[Mapping[str, str]] = {
    "%vs-": "http://hl7.org/fhir/ValueSet/",
    "%ext-": "http://hl7.org/fhir/StructureDefinition/",
}
MAX_TEXT: Final = 100_000
"""Greatest length of a text that an expression makes."""
MAX_TRACED: Final = 1_000
"""Greatest number of values that trace() collects."""
_UNKNOWN_ELEMENT: Final = "« {} » n’est pas un élément de {}."


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression is evaluated on."""

    this: Values
    """`$this`: one value in the criteria of a function."""
    index: int | None = None
    """`$index`"""
    total: Values | None = None
    """`$total`, in aggregate()."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What expressions need beyond the resource. What is None makes CannotEvaluate."""

    now: datetime | None = None
    """Of now(), today() and timeOfDay(), with its time zone."""
    member_of: Callable[[Any, str], bool | None] | None = None
    """memberOf(): (JSON of a code, Coding or CodeableConcept, canonical); None if undecided."""
    conforms_to: Callable[[Any, str], bool | None] | None = None
    """conformsTo(): (JSON of a resource, canonical of a profile); None if it is not known."""
    html_problem: Callable[[str], str | None] | None = None
    """htmlChecks(): why a narrative is not allowed; None if it is."""
    resolve: Callable[[str], Mapping[str, Any] | None] | None = None
    """resolve(): the resource of a reference that is neither contained nor in the Bundle."""
    functions: Mapping[str, Callable[["Evaluation", Values, Sequence[Values]], Values]] = field(
        default_factory=dict
    )
    """More functions, by name: (evaluation, collection, values of each argument)."""
    strict: bool = False
    """Whether an element that its type does not have raises CannotEvaluate; else it is empty."""


class Evaluation:
    """One evaluation.

    `variables`: the values of `%resource`, … by name with the sign. `call`: `functions.call`, which
    cannot be imported here: it imports this module.
    """

    def __init__(
        self,
        variables: Mapping[str, Values],
        environment: Environment,
        budget: CheckBudget,
        call: "CallFunction",
    ) -> None:
        self._variables, self._call = variables, call
        self.environment, self.budget = environment, budget
        self.traced: list[tuple[str, Values]] = []
        """The name and the values of each trace(), up to `MAX_TRACED`."""

    def values(self, expression: Expression, scope: Scope) -> Values:
        """The values of an expression. Raises CannotEvaluate, and TooManyChecks past the budget."""
        self.budget.spend(1)
        # The commonest first.
        if isinstance(expression, Chain):
            return self._chain(expression, scope)
        if isinstance(expression, Operation):
            return self._operation(expression, scope)
        if isinstance(expression, Literal):
            return [Node(expression.value, expression.type)] if expression.type else []
        if isinstance(expression, Variable):
            return self.variable(expression.name, scope)
        found = self.values(expression.operand, scope)
        return [negated(single(found))] if found else []

    def truth(self, expression: Expression, scope: Scope) -> bool | None:
        """The truth of an expression: None if it is empty; a single value that is no boolean is
        true."""
        return truth_of(self.values(expression, scope))

    def variable(self, name: str, scope: Scope) -> Values:
        """The values of a variable. Raises CannotEvaluate for one that is not known."""
        if name == "$this":
            return scope.this
        if name == "$index" and scope.index is not None:
            return [Node(scope.index, "System.Integer")]
        if name == "$total" and scope.total is not None:
            return scope.total
        found = self._variables.get(name, _CONSTANTS.get(name))
        if found is None:
            for prefix, address in _PREFIXES.items():
                if name.startswith(prefix):
                    return [Node(address + name.removeprefix(prefix), "System.String")]
            raise CannotEvaluate(f"« {name[:40]} » n’est pas connu ici.")
        return found

    def _chain(self, chain: Chain, scope: Scope) -> Values:
        if chain.head is None:
            found, is_first = scope.this, True
        else:
            found, is_first = self.values(chain.head, scope), False
        spend = self.budget.spend
        for step in chain.steps:
            spend(1 + len(found))
            if isinstance(step, Member):
                found = self._members(found, step.name, is_first=is_first)
            elif isinstance(step, Call):
                found = self._call(self, step, found, scope)
            else:
                found = _at(found, self.values(step.position, scope))
            is_first = False
        return found

    def _members(self, values: Values, name: str, *, is_first: bool) -> Values:
        # An expression can start with the type that it is evaluated on: `Patient.name`.
        if is_first and name[:1].isupper():
            return self._of_first_type(values, name)
        if name[:1] == "$":
            raise CannotEvaluate("Une variable ne suit pas un point ici.")
        if self.environment.strict:
            _check_known(values, name)
        if len(values) == 1:
            found = list(children(values[0], name))
            self.budget.spend(len(found))
            return found
        found = []
        for each in values:
            below = children(each, name)
            found += below
            self.budget.spend(len(found))
        return found

    def _of_first_type(self, values: Values, name: str) -> Values:
        if not is_type(name):
            raise CannotEvaluate(f"« {name[:60]} » n’est pas un type de FHIR R4.")
        found = [each for each in values if has_type(each, name)]
        if self.environment.strict and values and not found:
            raise CannotEvaluate(f"L’expression commence par {name}, et la valeur n’en est pas un.")
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
            return truth(equivalent_collections(left, right, self.budget) == (sign == "~"))
        if sign == "in":
            return self._contains(right, left)
        if sign == "contains":
            return self._contains(left, right)
        if sign == "&":
            return [self.joined_text(_joined(left), _joined(right))]
        if not left or not right:
            return []
        one, other = single(left), single(right)
        if sign in ("<", "<=", ">", ">="):
            order = compare(one, other)
            if order is None:
                return []
            return truth({"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[sign])
        if sign == "+" and isinstance(one.value, str) and one.type not in DATES | TIMES:
            if not isinstance(other.value, str):
                raise CannotEvaluate("Un texte est attendu.")
            return [self.joined_text(one.value, other.value)]
        result = calculate(one, sign, other)
        return [] if result is None else [result]

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
            first: dict[str, Node] = {}
            for each in values:
                first.setdefault(each.value, each)
            return list(first.values())
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
        return Node(value, "System.String")

    def joined_text(self, one: str, other: str) -> Node:
        """Two texts as one. Raises CannotEvaluate past `MAX_TEXT`, before megabytes are copied."""
        if len(one) + len(other) > MAX_TEXT:
            raise too_long()
        return self.text(one + other)

    def trace(self, name: str, values: Values) -> None:
        """Collect the values of a trace()."""
        room = MAX_TRACED - sum(len(each) + 1 for _, each in self.traced)
        if room > 0:
            self.traced.append((name, values[:room]))


CallFunction = Callable[[Evaluation, Call, Values, Scope], Values]
"""(evaluation, call, the collection it is called on, scope)."""


def too_long() -> CannotEvaluate:
    """The error of a text past `MAX_TEXT`."""
    return CannotEvaluate(f"Un texte calculé a {MAX_TEXT} caractères au plus.")


def type_test(values: Values, sign: str, name: str) -> Values:
    """`is`, and `as` of one value. Raises CannotEvaluate for several values."""
    if not values:
        if not is_type(name):
            raise CannotEvaluate(f"« {name[:60]} » n’est pas un type de FHIR R4 ni de FHIRPath.")
        return []
    each = single(values)
    if sign == "is":
        return truth(has_type(each, name))
    return [each] if has_type(each, name, exactly=True) else []


def single(values: Values) -> Node:
    """The only value. Raises CannotEvaluate for several."""
    if len(values) != 1:
        raise CannotEvaluate("Une seule valeur est attendue, et il y en a plusieurs.")
    return values[0]


def truth(value: bool | None) -> Values:
    """A boolean as a collection; empty for None."""
    return [] if value is None else [_TRUE if value else _FALSE]


_TRUE: Final = Node(True, "System.Boolean")
_FALSE: Final = Node(False, "System.Boolean")


def truth_of(values: Values) -> bool | None:
    """The boolean of a collection, as in `Evaluation.truth`."""
    if not values:
        return None
    value = single(values).value
    if isinstance(value, bool):
        return value
    if values[0].type[:1] == UNRESOLVED:
        raise CannotEvaluate("Une référence n’est pas suivie ici.")
    return True


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


def _check_known(values: Values, name: str) -> None:
    for each in values:
        if isinstance(each.value, Quantity) or each.type in ("Resource", "System.TypeInfo"):
            continue
        own = each.type if isinstance(each.value, dict) else "Element"
        if name not in element_names(own):
            raise CannotEvaluate(_UNKNOWN_ELEMENT.format(name[:60], each.type))

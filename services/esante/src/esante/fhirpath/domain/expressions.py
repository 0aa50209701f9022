"""The tree of a FHIRPath expression. https://hl7.org/fhirpath/N1/#expressions"""

from dataclasses import dataclass
from typing import Any, Union

Expression = Union["Literal", "Variable", "Chain", "Operation", "Negation"]


@dataclass(frozen=True, slots=True)
class Literal:
    """`'a'`, `3`, `true`, `@2020-01-01`, `4 'mg'`, `{}`."""

    type: str
    """A type of the System namespace (`System.String`); empty for the empty collection."""
    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    """`$this`, `$index`, `%resource`."""

    name: str
    """With its sign."""


@dataclass(frozen=True, slots=True)
class Member:
    """`.name`"""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """`.where(…)`"""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """`[0]`"""

    position: Expression


@dataclass(frozen=True, slots=True)
class Chain:
    """`a.b.c(d)[0]`, as a list, so that its length does not deepen the tree."""

    head: Expression | None
    """None: the element that the expression is evaluated on."""
    steps: tuple[Member | Call | Index, ...]


@dataclass(frozen=True, slots=True)
class TypeName:
    """The right side of `is` and `as`: `Quantity`, `System.Quantity`."""

    name: str
    """With its namespace, if it has one."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`a + b - c`: operators of one precedence, from left to right, as a list."""

    first: Expression
    rest: tuple[tuple[str, Expression | TypeName], ...]
    """Each operator with its right side."""


@dataclass(frozen=True, slots=True)
class Negation:
    """`-a`"""

    operand: Expression


class CannotEvaluate(Exception):
    """The value of an expression cannot be known here; the message says why, in French."""


class MalformedExpression(CannotEvaluate):
    """The expression does not follow the grammar, or is too long or deep."""

    def __init__(self, sentence: str = "Cette expression n’est pas du FHIRPath.") -> None:
        super().__init__(sentence)

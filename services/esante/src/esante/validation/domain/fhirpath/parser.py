"""Parses FHIRPath expressions, in time linear in their length and to a bounded depth.

https://hl7.org/fhirpath/N1/#appendix-b-formal-specifications
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

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
from esante.validation.domain.fhirpath.tokens import MalformedExpression, tokens_of

# From those that bind least to those that bind most.
_PRECEDENCE: Final = (
    ("implies",),
    ("or", "xor"),
    ("and",),
    ("in", "contains"),
    ("=", "~", "!=", "!~"),
    ("<=", "<", ">", ">="),
    ("|",),
    ("is", "as"),
    ("+", "-", "&"),
    ("*", "/", "div", "mod"),
)
_LEVELS: Final = {sign: level for level, signs in enumerate(_PRECEDENCE) for sign in signs}
_MAX_DEPTH: Final = 80
"""Of the tree, so that its evaluation stays within the interpreter's recursion limit."""
_MAX_DIGITS: Final = 20
_UNITS: Final = frozenset(
    {"year", "month", "week", "day", "hour", "minute", "second", "millisecond"}
)
_OF_SCOPE: Final = ("$this", "$index", "$total")
_CACHED_LENGTH: Final = 1_000
"""Characters; longer expressions are parsed each time, so that the cache stays small."""
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def parse_expression(expression: str) -> Expression:
    """The tree of an expression.

    Raises CannotEvaluate for one that is malformed, too deep, or has what is not evaluated here.
    """
    if len(expression) > _CACHED_LENGTH:
        return _parse(expression)
    return _cached(expression)


def fhirpath_problem(expression: str) -> str | None:
    """Why that is no expression of FHIRPath, in French; None if it is, by its syntax alone.

    It is not cached, so that what callers write does not replace the expressions of R4.
    """
    try:
        _Parser(tokens_of(expression)).parse()
    except MalformedExpression as why:
        return str(why)
    return None


@lru_cache(maxsize=500)
def _cached(expression: str) -> Expression:
    return _parse(expression)


def _parse(expression: str) -> Expression:
    try:
        parser = _Parser(tokens_of(expression))
        found = parser.parse()
    except MalformedExpression as why:
        raise CannotEvaluate(str(why)) from None
    if parser.not_evaluated is not None:
        raise CannotEvaluate(parser.not_evaluated)
    return found


class _Parser:
    """Reads tokens from left to right. Every method raises MalformedExpression."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0
        self.not_evaluated: str | None = None
        """Why the tree cannot be evaluated, although it follows the grammar; in French."""

    def parse(self) -> Expression:
        """The tree of all tokens."""
        found = self._operation(0, 0)
        if self._next() != "":
            raise MalformedExpression
        return found

    def _next(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise MalformedExpression

    def _operation(self, level: int, depth: int) -> Expression:
        """An expression of operators that bind at least as much as those of a level."""
        if depth > _MAX_DEPTH:
            raise MalformedExpression(f"Une expression a {_MAX_DEPTH} niveaux au plus.")
        found = self._operand(depth)
        # Each round takes the operators of one level, the most binding first.
        while (own := _LEVELS.get(self._next(), -1)) >= level:
            rest: list[tuple[str, Expression | TypeName]] = []
            while _LEVELS.get(self._next()) == own:
                sign = self._take()
                right = (
                    self._type() if sign in ("is", "as") else self._operation(own + 1, depth + 1)
                )
                rest.append((sign, right))
            found = Operation(found, tuple(rest))
            depth += 1
        return found

    def _operand(self, depth: int) -> Expression:
        signs = 0
        while self._next() in ("+", "-"):
            signs += self._take() == "-"
        found = self._chain(depth)
        return Negation(found) if signs % 2 else found

    def _chain(self, depth: int) -> Expression:
        steps: list[Member | Call | Index] = []
        head = self._literal(depth)
        if head is None:
            steps.append(self._invocation(depth))
        while self._next() in (".", "["):
            if self._take() == ".":
                steps.append(self._invocation(depth))
            else:
                steps.append(Index(self._operation(0, depth + 1)))
                self._expect("]")
        return head if head is not None and not steps else Chain(head, tuple(steps))

    def _literal(self, depth: int) -> Expression | None:
        """A literal, a variable or an expression in parentheses; None for a name."""
        token = self._next()
        if token == "(":  # noqa: S105 - a bracket
            self._at += 1
            found = self._operation(0, depth + 1)
            self._expect(")")
            return found
        if token == "{":  # noqa: S105 - a bracket
            self._at += 1
            self._expect("}")
            return Literal("", None)
        if token[:1] == "%" or token in _OF_SCOPE:
            return Variable(_name(self._take()))
        if token[:1] == "'":
            return Literal("string", _text(self._take()))
        if token[:1] == "@":
            return _instant(self._take())
        if token[:1].isdigit():
            return self._number()
        if token in ("true", "false") and self._tokens[self._at + 1] != "(":
            return Literal("boolean", self._take() == "true")
        return None

    def _number(self) -> Literal:
        number = self._take()
        unit = self._next()
        if unit[:1] == "'" or unit.rstrip("s") in _UNITS:
            self._at += 1
            self.not_evaluated = "Les quantités ne sont pas calculées ici."
        if len(number) > _MAX_DIGITS:
            self.not_evaluated = f"Un nombre a {_MAX_DIGITS} chiffres au plus."
            return Literal("", None)
        if "." in number:
            return Literal("decimal", Decimal(number))
        return Literal("integer", int(number))

    def _invocation(self, depth: int) -> Member | Call:
        if self._next() in _OF_SCOPE:
            self.not_evaluated = "Une variable ne suit pas un point ici."
            return Member(self._take())
        name = self._identifier()
        if self._next() != "(":
            return Member(name)
        self._at += 1
        arguments: list[Expression] = []
        while self._next() != ")" or arguments:
            arguments.append(self._operation(0, depth + 1))
            if self._next() != ",":
                break
            self._at += 1
        self._expect(")")
        return Call(name, tuple(arguments))

    def _type(self) -> TypeName:
        name = self._identifier()
        while self._next() == ".":
            self._at += 1
            name = self._identifier()
        return TypeName(name)

    def _identifier(self) -> str:
        token = self._take()
        if not (token[:1].isalpha() or token[:1] in ("_", "`")):
            raise MalformedExpression
        return _name(token)


def _name(token: str) -> str:
    """An identifier without the marks around it."""
    sign = token[:1] if token[:1] in ("%", "$") else ""
    bare = token.removeprefix(sign)
    return sign + (bare[1:-1] if bare[:1] in ("`", "'") else bare)


def _text(token: str) -> str:
    return _ESCAPE.sub(lambda match: _unescaped(match[1]), token[1:-1])


def _unescaped(escape: str) -> str:
    if len(escape) == 5:
        return chr(int(escape[1:], 16))
    return _ESCAPES.get(escape, escape)


def _instant(token: str) -> Literal:
    written = token[1:]
    if written.startswith("T"):
        return Literal("time", written[1:])
    return Literal("dateTime" if "T" in written else "date", written.removesuffix("T"))

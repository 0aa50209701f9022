"""Parses FHIRPath expressions, in time linear in their length and to a bounded depth.

https://hl7.org/fhirpath/N1/#appendix-b-formal-specifications
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from esante.fhirpath.domain.dates import is_date, is_time
from esante.fhirpath.domain.expressions import (
    Call,
    Chain,
    Expression,
    Index,
    Literal,
    MalformedExpression,
    Member,
    Negation,
    Operation,
    TypeName,
    Variable,
)
from esante.fhirpath.domain.quantities import CALENDAR_UNITS, Quantity

_TOKEN: Final = re.compile(
    # An unclosed comment takes the rest, or the search for its end would be repeated.
    r"\s*(?:(?://[^\n]*|/\*(?:.*?\*/|(?P<unclosed>.*)))\s*)*"
    r"(?P<token>'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|@[0-9T:.Z+\-]*[0-9TZ]|[0-9]+(?:\.[0-9]+)?"
    r"|%(?:'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[A-Za-z_][A-Za-z0-9_\-]*)|\$[a-z]+"
    r"|[A-Za-z_][A-Za-z0-9_]*|<=|>=|!=|!~|[-+*/|&=~<>.,()\[\]{}])?",
    re.DOTALL,
)
_MAX_LENGTH: Final = 10_000
"""Greatest number of characters of an expression."""
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
_MAX_DIGITS: Final = 40
"""Of a number."""
_OF_SCOPE: Final = ("$this", "$index", "$total")
_CACHED_LENGTH: Final = 1_000
"""Characters; longer expressions are parsed each time, so that the cache stays small."""
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def parse(expression: str) -> Expression:
    """The tree of an expression. Raises MalformedExpression."""
    if len(expression) > _CACHED_LENGTH:
        return _parse(expression)
    return _cached(expression)


def fhirpath_problem(expression: str) -> str | None:
    """Why that is no expression of FHIRPath, in French; None if it is, by its syntax alone.

    It is not cached, so that what callers write does not replace the expressions of R4.
    """
    try:
        _parse(expression)
    except MalformedExpression as why:
        return str(why)
    return None


@lru_cache(maxsize=500)
def _cached(expression: str) -> Expression:
    return _parse(expression)


def _parse(expression: str) -> Expression:
    return _Parser(_tokens(expression)).parse()


def _tokens(expression: str) -> list[str]:
    """The tokens; an empty one is the end. Raises MalformedExpression."""
    if len(expression) > _MAX_LENGTH:
        raise MalformedExpression(f"Une expression a {_MAX_LENGTH} caractères au plus.")
    found: list[str] = []
    at = 0
    while True:
        match = _TOKEN.match(expression, at)
        token = match["token"] if match else None
        if match is None or token is None:
            if match is None or match["unclosed"] is not None or expression[match.end() :].strip():
                raise MalformedExpression
            return [*found, ""]
        found.append(token)
        at = match.end()


class _Parser:
    """Reads tokens from left to right. Every method raises MalformedExpression."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0

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
        signs = []
        while self._next() in ("+", "-"):
            signs.append(self._take())
        found = self._chain(depth)
        if not signs:
            return found
        # A plus changes nothing, but only a number can have one.
        found = Negation(found)
        return found if signs.count("-") % 2 else Negation(found)

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
            return Literal("System.String", _text(self._take()))
        if token[:1] == "@":
            return _instant(self._take())
        if token[:1].isdigit():
            return self._number()
        if token in ("true", "false") and self._tokens[self._at + 1] != "(":
            return Literal("System.Boolean", self._take() == "true")
        return None

    def _number(self) -> Literal:
        number = self._take()
        if len(number) > _MAX_DIGITS:
            raise MalformedExpression(f"Un nombre a {_MAX_DIGITS} chiffres au plus.")
        unit = self._next()
        if unit[:1] == "'":
            return Literal("System.Quantity", Quantity(Decimal(number), _text(self._take())))
        if unit in CALENDAR_UNITS:
            calendar = CALENDAR_UNITS[self._take()]
            return Literal("System.Quantity", Quantity(Decimal(number), calendar))
        if "." in number:
            return Literal("System.Decimal", Decimal(number))
        return Literal("System.Integer", int(number))

    def _invocation(self, depth: int) -> Member | Call:
        if self._next() in _OF_SCOPE:
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
            name = f"{name}.{self._identifier()}"
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
    return sign + (_text(bare) if bare[:1] in ("`", "'") else bare)


def _text(token: str) -> str:
    """What is between the quotes. Before what is no escape, a backslash has no meaning."""
    return _ESCAPE.sub(lambda match: _unescaped(match[1]), token[1:-1])


def _unescaped(escape: str) -> str:
    if len(escape) == 5:
        return chr(int(escape[1:], 16))
    return _ESCAPES.get(escape, escape)


def _instant(token: str) -> Literal:
    written = token[1:]
    if written.startswith("T"):
        found = Literal("System.Time", written[1:])
        valid = is_time(written[1:])
    elif "T" in written:
        found = Literal("System.DateTime", written.removesuffix("T"))
        valid = is_date(found.value)
    else:
        found = Literal("System.Date", written)
        valid = is_date(written) and len(written) <= len("2020-01-01")
    if not valid:
        raise MalformedExpression("Une date ou une heure n’est pas écrite comme en FHIRPath.")
    return found

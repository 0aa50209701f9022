"""The syntax of FHIRPath expressions, in time linear in their length.

http://hl7.org/fhirpath/N1/#appendix-b-formal-specifications
"""

import re
from typing import Final

_TOKEN: Final = re.compile(
    # An unclosed comment takes the rest, or the search for its end would be repeated.
    r"\s*(?:(?://[^\n]*|/\*(?:.*?\*/|(?P<unclosed>.*)))\s*)*"
    r"(?P<token>'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|@[0-9T:.Z+\-]+|[0-9]+(?:\.[0-9]+)?"
    r"|%(?:'[^']*'|`[^`]*`|[A-Za-z_][A-Za-z0-9_\-]*)|\$[a-z]+|[A-Za-z_][A-Za-z0-9_]*"
    r"|<=|>=|!=|!~|[-+*/|&=~<>.,()\[\]{}])?",
    re.DOTALL,
)
_NAME: Final = re.compile(r"[A-Za-z_`]")
_OPERATORS: Final = frozenset(
    {
        *("*", "/", "div", "mod", "+", "-", "&", "|", "<=", "<", ">", ">=", "=", "~", "!=", "!~"),
        *("in", "contains", "and", "xor", "or", "implies", "is", "as"),
    }
)
_UNITS: Final = frozenset(
    {"year", "month", "week", "day", "hour", "minute", "second", "millisecond"}
)
_MAX_DEPTH: Final = 60
_MAX_LENGTH: Final = 10_000
"""Greatest number of characters of an expression."""


class MalformedExpression(Exception):
    """The expression does not follow the grammar."""


def fhirpath_problem(expression: str) -> str | None:
    """Why that is no expression of FHIRPath, in French; None if it is, by its syntax alone."""
    if len(expression) > _MAX_LENGTH:
        return f"Une expression a {_MAX_LENGTH} caractères au plus."
    try:
        tokens = tokens_of(expression)
        complete = _expression(tokens, 0, 0) == len(tokens) - 1
    except MalformedExpression:
        complete = False
    return None if complete else "Cette expression n’est pas du FHIRPath."


def tokens_of(expression: str) -> list[str]:
    """The tokens; an empty one is the end. Raises MalformedExpression."""
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


# Each function takes the position of its first token, and returns that after its last one.


def _expression(tokens: list[str], at: int, depth: int) -> int:
    if depth > _MAX_DEPTH:
        raise MalformedExpression
    while True:
        while tokens[at] in ("+", "-"):
            at += 1
        at = _term(tokens, at, depth)
        while tokens[at] in (".", "["):
            if tokens[at] == ".":
                at = _invocation(tokens, at + 1, depth)
            else:
                at = _closed(tokens, _expression(tokens, at + 1, depth + 1), "]")
        if tokens[at] not in _OPERATORS:
            return at
        at += 1


def _term(tokens: list[str], at: int, depth: int) -> int:
    head = tokens[at]
    if head == "(":
        return _closed(tokens, _expression(tokens, at + 1, depth + 1), ")")
    if head == "{":
        return _closed(tokens, at + 1, "}")
    if head[:1] in ("'", "@", "%"):
        return at + 1
    if head[:1].isdigit():
        following = tokens[at + 1]
        return at + 2 if following[:1] == "'" or following.rstrip("s") in _UNITS else at + 1
    return _invocation(tokens, at, depth)


def _invocation(tokens: list[str], at: int, depth: int) -> int:
    token = tokens[at]
    if token in ("$this", "$index", "$total"):
        return at + 1
    if not _NAME.match(token):
        raise MalformedExpression
    at += 1
    if tokens[at] != "(":
        return at
    if tokens[at + 1] == ")":
        return at + 2
    at = _expression(tokens, at + 1, depth + 1)
    while tokens[at] == ",":
        at = _expression(tokens, at + 1, depth + 1)
    return _closed(tokens, at, ")")


def _closed(tokens: list[str], at: int, bracket: str) -> int:
    if tokens[at] != bracket:
        raise MalformedExpression
    return at + 1

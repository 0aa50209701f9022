"""The tokens of FHIRPath expressions, in time linear in their length.

https://hl7.org/fhirpath/N1/#lexical-elements
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
_MAX_LENGTH: Final = 10_000
"""Greatest number of characters of an expression."""


class MalformedExpression(Exception):
    """The expression does not follow the grammar, or is too long or deep. The message is French."""

    def __init__(self, sentence: str = "Cette expression n’est pas du FHIRPath.") -> None:
        super().__init__(sentence)


def tokens_of(expression: str) -> list[str]:
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

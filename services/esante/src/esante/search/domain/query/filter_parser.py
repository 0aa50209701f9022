"""Parses the expressions of `_filter`: `given eq "peter" and not (birthdate lt 2014-10-10)`.

`and` and `or` are evaluated from left to right, without precedence.
https://hl7.org/fhir/R4/search_filter.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NoReturn, TypeAlias, cast, get_args

from esante.search.domain.query.limits import MAX_FILTER_DEPTH, MAX_PARAMETERS, too_costly
from socle.errors import Refusal

Operator = Literal[
    "eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "ap", "sa", "eb", "pr", "po", "ss", "sb",
    "in", "ni", "re",
]  # fmt: skip
OPERATORS: Final[tuple[str, ...]] = get_args(Operator)
MODIFIERS: Final[Mapping[Operator, str]] = {
    "ss": "below",
    "sb": "above",
    "in": "in",
    "ni": "not-in",
}
"""The modifiers that mean the same as the operators that refer to terminology."""
_SEPARATORS: Final = re.compile(r"([\\,$|])")
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign>[()\[\]])|(?P<word>[^\s()\[\]"]+))', re.DOTALL
)
_NAME: Final = re.compile(r"\.?[A-Za-z_][A-Za-z0-9_\-]*(?::[A-Za-z]+)?(?:\.[A-Za-z_:\-0-9]+)*\.?")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a parameter, and what the resource that it refers to must meet."""

    name: str
    condition: "Filter | None" = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator value`."""

    path: tuple[Step, ...]
    """Every step but the last is a reference."""
    operator: Operator
    value: str
    quoted: bool
    """Whether the value was a string in quotation marks, which has no separators."""

    @property
    def written_value(self) -> str:
        """The value as the query string of a search has it, where separators are escaped."""
        return _SEPARATORS.sub(r"\\\1", self.value) if self.quoted else self.value


@dataclass(frozen=True, slots=True)
class Combination:
    """`of and of`, `of or of`."""

    operator: Literal["and", "or"]
    of: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class Negation:
    """`not (of)`."""

    of: "Filter"


Filter: TypeAlias = Comparison | Combination | Negation


def parse_filter(text: str) -> Filter:
    """Parse an expression. Raises Refusal if it is malformed, or past a limit."""
    reader = _Reader(text)
    found = reader.expression(0)
    if reader.peek() is not None:
        reader.refuse()
    return found


def comparisons_of(parsed: Filter) -> Iterator[Comparison]:
    """Every comparison, those in paths included."""
    if isinstance(parsed, Negation):
        yield from comparisons_of(parsed.of)
    elif isinstance(parsed, Combination):
        for each in parsed.of:
            yield from comparisons_of(each)
    else:
        yield parsed
        for step in parsed.path:
            if step.condition is not None:
                yield from comparisons_of(step.condition)


class _Reader:
    """Reads the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._comparisons = 0

    def peek(self) -> str | None:
        """The next token; None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def refuse(self) -> NoReturn:
        """Raises Refusal at the next token."""
        where = self.peek()
        place = "à la fin" if where is None else f"à « {where[:40]} »"
        raise Refusal(
            "invalid", f"L'expression n'est pas comprise {place} : écrivez paramètre op valeur."
        )

    def expression(self, depth: int) -> Filter:
        if depth > MAX_FILTER_DEPTH:
            raise too_costly(f"Une expression a {MAX_FILTER_DEPTH} niveaux au plus.")
        found = self._operand(depth)
        while (operator := self.peek()) in ("and", "or"):
            self._at += 1
            found = _combine(cast(Literal["and", "or"], operator), found, self._operand(depth))
        return found

    def _operand(self, depth: int) -> Filter:
        if self.peek() == "not":
            self._at += 1
            return Negation(self._parenthesis(depth))
        if self.peek() == "(":
            return self._parenthesis(depth)
        return self._comparison(depth)

    def _parenthesis(self, depth: int) -> Filter:
        self._expect("(")
        found = self.expression(depth + 1)
        self._expect(")")
        return found

    def _comparison(self, depth: int) -> Filter:
        self._comparisons += 1
        if self._comparisons > MAX_PARAMETERS:
            raise too_costly(f"Une expression compare {MAX_PARAMETERS} fois au plus.")
        path = self._path(depth)
        operator, value = self._next(), self._next()
        if operator not in OPERATORS or value in tuple("()[]"):
            self._at -= 1 if operator in OPERATORS else 2
            self.refuse()
        quoted = value.startswith('"')
        plain = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if quoted else value
        return Comparison(path, cast(Operator, operator), plain, quoted)

    def _path(self, depth: int) -> tuple[Step, ...]:
        found: list[Step] = []
        while True:
            word = self._next()
            # After a condition, the path continues with a dot.
            if not _NAME.fullmatch(word) or word.startswith(".") != bool(found):
                self._at -= 1
                self.refuse()
            found += [Step(each) for each in word.strip(".").split(".")]
            if self.peek() != "[":
                return tuple(found)
            self._at += 1
            found[-1] = Step(found[-1].name, self.expression(depth + 1))
            self._expect("]")

    def _next(self) -> str:
        found = self.peek()
        if found is None:
            self.refuse()
        self._at += 1
        return found

    def _expect(self, sign: str) -> None:
        if self.peek() != sign:
            self.refuse()
        self._at += 1


def _tokens(text: str) -> Iterator[str]:
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise Refusal("invalid", f"L'expression n'est pas comprise à « {text[place:][:40]} ».")
        yield match[match.lastgroup or 0]
        place = match.end()


def _combine(operator: Literal["and", "or"], left: Filter, right: Filter) -> Filter:
    if isinstance(left, Combination) and left.operator == operator:
        return Combination(operator, (*left.of, right))
    return Combination(operator, (left, right))

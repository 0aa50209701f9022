"""A resource as text: read with care, and stamped without touching the rest.

What came in is what goes out, byte for byte, but for the members `id` and `meta` of the top:
whitespace, the order of members and the digits of decimals are the author's.
https://hl7.org/fhir/R4/json.html
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

from socle.errors import Refusal

DEEPEST: Final = 100
MOST_VALUES: Final = 200_000
"""Of one resource; the official example that has most has 55,307."""
_LONGEST_NUMBER: Final = 200  # characters
_LARGEST_EXPONENT: Final = 308  # of an IEEE 754 double, which is what most readers use
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_SPACE: Final = re.compile(r"[ \t\n\r]*")
# In one pass whatever comes: no step is taken back, and a string that never closes goes to the end.
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_BRACKET_OR_STRING: Final = re.compile(_STRING + r"|[\[\]{}]", re.DOTALL)
# Nearly every name is written without an escape: one look for it, and one for what follows a value.
_PLAIN_NAME: Final = re.compile(r'"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:[ \t\n\r]*+')
_AFTER_VALUE: Final = re.compile(r"[ \t\n\r]*+([,}])[ \t\n\r]*+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_RISKY_ESCAPE: Final = re.compile(r"\\(?:[bf]|u(?:[dD][89a-fA-F]|00[01]))")


@dataclass(frozen=True, slots=True)
class Resource:
    """One version as it is stored. `text`: its JSON, stamped; `updated`: whole milliseconds."""

    type: str
    id: str
    version: int
    updated: datetime
    text: bytes


class Span(NamedTuple):
    """Where a member stands in a text: from the quote of its name, and its value."""

    name: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON object: its text, its value, and where each of its own members stands."""

    text: str
    value: dict[str, Any]
    spans: Mapping[str, Span]


ReadT = TypeVar("ReadT")
Reader = Callable[[str, int], tuple[ReadT, int]]
"""Reads the value that begins there; gives it, and where it ends."""
_NO_READERS: Final[Mapping[str, Reader[Any]]] = MappingProxyType({})


def is_id(text: object) -> bool:
    """Whether that can be a logical id. https://hl7.org/fhir/R4/datatypes.html#id"""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def instant(moment: datetime) -> str:
    """As FHIR's `instant`: UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: bytes) -> dict[str, Any]:
    """The value of a JSON object. Raises Refusal, as `read` does."""
    return read(text).value


def read(body: bytes) -> Parsed:
    """A JSON object: decimals as Decimal, nothing twice, nothing endless.

    Raises Refusal("invalid") for invalid UTF-8 or JSON, duplicate members, nesting past `DEEPEST`,
    numbers past the range of doubles, lone surrogates and control characters; Refusal("too_large")
    past `MOST_VALUES`.
    """
    return read_whole(body, read_object)


def read_any(body: bytes) -> Any:
    """Any JSON value, read with the same care."""
    return read_whole(body, _value)


def read_whole(body: bytes, reader: Reader[ReadT], *, most_values: int = MOST_VALUES) -> ReadT:
    """The one value of a text. `reader` reads it from where it begins. Raises Refusal, as `read`
    does."""
    # Every value but the first of its list or object comes after one.
    if body.count(b",") > most_values:
        raise Refusal("too_large", f"Le contenu a plus de {most_values} valeurs.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(f"Le contenu n'est pas de l'UTF-8 (octet {error.start}).") from None
    _bound_depth(text)
    try:
        found, end = reader(text, _skip(text, 0))
    except RecursionError:
        raise _too_deep() from None
    if _skip(text, end) != len(text):
        raise _refused(f"Le contenu continue après sa fin (caractère {end}).")
    if _RISKY_ESCAPE.search(text):
        _refuse_unstorable(_value(text, _skip(text, 0))[0])
    return found


def read_object(
    text: str, at: int, readers: Mapping[str, Reader[Any]] = _NO_READERS
) -> tuple[Parsed, int]:
    """The JSON object that begins there, and where it ends. `readers`: of members that are to be
    read otherwise."""
    if text[at : at + 1] != "{":
        raise _refused("Le contenu n'est pas un objet JSON.")
    value: dict[str, Any] = {}
    spans: dict[str, Span] = {}
    place = _skip(text, at + 1)
    if text[place : place + 1] == "}":
        return Parsed(text, value, spans), place + 1
    while True:
        begin = place
        plain = _PLAIN_NAME.match(text, place)
        name, start = (plain[1], plain.end()) if plain else _name(text, place)
        if name in value:
            raise _refused(f"Le membre « {name} » vient deux fois.", name)
        value[name], end = readers.get(name, _value)(text, start)
        spans[name] = Span(begin, start, end)
        sign = _AFTER_VALUE.match(text, end)
        if sign is None:
            raise _refused(f"JSON mal formé (caractère {_skip(text, end)}).")
        if sign[1] == "}":
            return Parsed(text, value, spans), sign.end(1)
        place = sign.end()


def _name(text: str, at: int) -> tuple[str, int]:
    """The name of a member, and where its value begins."""
    name, place = _value(text, at)
    place = _skip(text, place)
    if not isinstance(name, str) or text[place : place + 1] != ":":
        raise _refused(f"JSON mal formé (caractère {place}).")
    return name, _skip(text, place + 1)


def read_own(text: str, at: int) -> tuple[Parsed, int]:
    """The JSON object that begins there, with a text of its own, and where it ends."""
    parsed, end = read_object(text, at)
    spans = {name: Span(*(each - at for each in span)) for name, span in parsed.spans.items()}
    return Parsed(text[at:end], parsed.value, spans), end


def read_list(text: str, at: int, reader: Reader[ReadT]) -> tuple[list[ReadT], int]:
    """The JSON array that begins there, each element by `reader`, and where it ends."""
    if text[at : at + 1] != "[":
        raise _refused(f"Une liste est attendue (caractère {at}).")
    found: list[ReadT] = []
    place = _skip(text, at + 1)
    if text[place : place + 1] == "]":
        return found, place + 1
    while True:
        element, end = reader(text, place)
        found.append(element)
        place = _skip(text, end)
        sign = text[place : place + 1]
        if sign == "]":
            return found, place + 1
        if sign != ",":
            raise _refused(f"JSON mal formé (caractère {place}).")
        place = _skip(text, place + 1)


def _skip(text: str, at: int) -> int:
    """Where the next sign is that is no space."""
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.scan_once(text, at)  # type: ignore[no-any-return,attr-defined]
    except StopIteration as stop:
        raise _refused(f"JSON mal formé (caractère {stop.value}).") from None
    except json.JSONDecodeError as error:
        raise _refused(f"JSON mal formé (caractère {error.pos}).") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _refused(f"Le membre « {name} » vient deux fois.", name)
            seen.add(name)
    return found


def _decimal(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER:
        raise _out_of_range(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _out_of_range(text) from None
    if not -_LARGEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT:
        raise _out_of_range(text)
    return number


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise _out_of_range(text)
    return int(text)


def _constant(text: str) -> NoReturn:
    raise _refused(f"« {text} » n'est pas un nombre.")


def _out_of_range(text: str) -> Refusal:
    return _refused(f"Nombre hors limites : {text[:40]}.")


_DECODER: Final = json.JSONDecoder(
    parse_float=_decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_unique
)


def _bound_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= DEEPEST:
        return
    depth = 0
    for found in _BRACKET_OR_STRING.finditer(text):
        sign = found.group()
        if sign in "{[":
            depth += 1
            if depth > DEEPEST:
                raise _too_deep()
        elif sign in "]}":
            depth -= 1


def _refuse_unstorable(value: Any) -> None:
    """Refuse what an escape can smuggle in: half a character, or one that no text may hold."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise _refused("Un texte contient la moitié d'un caractère (surrogate).")
        if any(sign < " " and sign not in "\t\n\r" for sign in value):
            raise _refused("Un texte contient un caractère de contrôle.")
    elif isinstance(value, dict):
        for name, each in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(each)
    elif isinstance(value, list):
        for each in value:
            _refuse_unstorable(each)


def _too_deep() -> Refusal:
    return _refused(f"Le contenu est imbriqué sur plus de {DEEPEST} niveaux.")


def _refused(sentence: str, expression: str | None = None) -> Refusal:
    details: dict[str, Any] = {"issue": "structure"}
    if expression is not None:
        details["expression"] = [expression]
    return Refusal("invalid", sentence, **details)

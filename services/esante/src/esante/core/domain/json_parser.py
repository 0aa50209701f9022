"""Strict JSON for FHIR resources: exact decimals, no duplicate members, bounded depth and size.

The positions of members in the text are retained, so that a resource is stored as received.
https://hl7.org/fhir/R4/json.html
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

from esante.core.domain.json_depth import is_shallow
from socle.errors import Refusal

MAX_DEPTH: Final = 100
MAX_VALUES: Final = 200_000
"""Maximum number of values in one resource; the largest official example has 55,307."""
_MAX_NUMBER_LENGTH: Final = 200
"""Characters."""
_MAX_EXPONENT: Final = 308
"""Decimal exponent of an IEEE 754 double, which most JSON readers use."""
_WHITE_SPACE: Final = re.compile(r"[ \t\n\r]*")
# Possessive quantifiers: matched in one pass, without backtracking. An unclosed string extends to
# the end of the text.
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_BRACKET_OR_STRING: Final = re.compile(_STRING + r"|[\[\]{}]", re.DOTALL)
# Fast path: nearly every member name is written without an escape.
_PLAIN_NAME: Final = re.compile(r'"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:[ \t\n\r]*+')
_AFTER_VALUE: Final = re.compile(r"[ \t\n\r]*+([,}])[ \t\n\r]*+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_RISKY_ESCAPE: Final = re.compile(r"\\(?:[bf]|u(?:[dD][89a-fA-F]|00[01]))")


class Span(NamedTuple):
    """Offsets of a member in a text."""

    name: int
    """The opening quote of its name."""
    start: int
    """The first character of its value."""
    end: int
    """The character after its value."""


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A parsed JSON object, with the text it was parsed from."""

    text: str
    value: dict[str, Any]
    spans: Mapping[str, Span]
    """The position in `text` of each top-level member, by name."""


ScannedT = TypeVar("ScannedT")
Scanner = Callable[[str, int], tuple[ScannedT, int]]
"""Takes a text and the offset of a value; returns the value and the offset after it."""
_NO_SCANNERS: Final[Mapping[str, Scanner[Any]]] = MappingProxyType({})


def parse_json(text: bytes) -> dict[str, Any]:
    """The value of a JSON object. Raises the Refusals of `parse_object`."""
    return parse_object(text).value


def parse_object(body: bytes) -> JsonObject:
    """Parse a JSON object. Fractional numbers become Decimal.

    Raises Refusal("invalid") for invalid UTF-8 or JSON, duplicate members, nesting past
    `MAX_DEPTH`, numbers past the range of doubles, lone surrogates and control characters;
    Refusal("too_large") past `MAX_VALUES`.
    """
    return parse_document(body, scan_object)


def parse_any(body: bytes) -> Any:
    """Parse any JSON value, under the rules of `parse_object`. Raises its Refusals."""
    return parse_document(body, scan_value)


def parse_document(
    body: bytes, scanner: Scanner[ScannedT], *, max_values: int = MAX_VALUES
) -> ScannedT:
    """Parse a text that is a single value, with that scanner.

    `max_values`: the maximum number of commas in it, and of objects and lists, which bounds that of
    values. Raises the Refusals of `parse_object`.
    """
    # Every value but the first of its list or object follows a comma; texts have some too.
    if max(body.count(b","), body.count(b"{") + body.count(b"[")) > max_values:
        raise Refusal("too_large", f"Le contenu a plus de {max_values} valeurs.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(f"Le contenu n'est pas de l'UTF-8 (octet {error.start}).") from None
    _bound_depth(text, body)
    try:
        found, end = scanner(text, _skip(text, 0))
    except RecursionError:
        raise _too_deep() from None
    if _skip(text, end) != len(text):
        raise _refused(f"Le contenu continue après sa fin (caractère {end}).")
    if _RISKY_ESCAPE.search(text):
        _refuse_unstorable(text)
    return found


def scan_object(
    text: str, at: int, scanners: Mapping[str, Scanner[Any]] = _NO_SCANNERS, *, origin: int = 0
) -> tuple[JsonObject, int]:
    """Scan the JSON object at that offset.

    `scanners`: by name, of the members that are not scanned as plain values. `origin`: the offset
    in the text from which spans count.
    """
    if text[at : at + 1] != "{":
        raise _refused("Le contenu n'est pas un objet JSON.")
    value: dict[str, Any] = {}
    spans: dict[str, Span] = {}
    place = _skip(text, at + 1)
    if text[place : place + 1] == "}":
        return JsonObject(text, value, spans), place + 1
    while True:
        begin = place
        plain = _PLAIN_NAME.match(text, place)
        name, start = (plain[1], plain.end()) if plain else _name(text, place)
        if name in value:
            raise _refused(f"Le membre « {name} » vient deux fois.", name)
        value[name], end = scanners.get(name, scan_value)(text, start)
        spans[name] = Span(begin - origin, start - origin, end - origin)
        sign = _AFTER_VALUE.match(text, end)
        if sign is None:
            raise _refused(f"JSON mal formé (caractère {_skip(text, end)}).")
        if sign[1] == "}":
            return JsonObject(text, value, spans), sign.end(1)
        place = sign.end()


def _name(text: str, at: int) -> tuple[str, int]:
    """The name of a member, and the offset of its value."""
    name, place = scan_value(text, at)
    place = _skip(text, place)
    if not isinstance(name, str) or text[place : place + 1] != ":":
        raise _refused(f"JSON mal formé (caractère {place}).")
    return name, _skip(text, place + 1)


def scan_standalone(text: str, at: int) -> tuple[JsonObject, int]:
    """Scan the JSON object at that offset; its text and its spans are those of the object alone."""
    parsed, end = scan_object(text, at, origin=at)
    return JsonObject(text[at:end], parsed.value, parsed.spans), end


def scan_text(text: str, at: int) -> tuple[bytes, int]:
    """Scan the JSON object at that offset; returns its text alone, a tenth of what it is parsed
    into."""
    _, end = scan_object(text, at)
    return text[at:end].encode(), end


def scan_list(text: str, at: int, scanner: Scanner[ScannedT]) -> tuple[list[ScannedT], int]:
    """Scan the JSON array at that offset, each element with `scanner`."""
    if text[at : at + 1] != "[":
        raise _refused(f"Une liste est attendue (caractère {at}).")
    found: list[ScannedT] = []
    place = _skip(text, at + 1)
    if text[place : place + 1] == "]":
        return found, place + 1
    while True:
        element, end = scanner(text, place)
        found.append(element)
        place = _skip(text, end)
        sign = text[place : place + 1]
        if sign == "]":
            return found, place + 1
        if sign != ",":
            raise _refused(f"JSON mal formé (caractère {place}).")
        place = _skip(text, place + 1)


def _skip(text: str, at: int) -> int:
    """The offset of the next character that is not white space."""
    return _WHITE_SPACE.match(text, at).end()  # type: ignore[union-attr]


def scan_value(text: str, at: int) -> tuple[Any, int]:
    """Scan the JSON value at that offset; returns it, and the offset after it."""
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
    if len(text) > _MAX_NUMBER_LENGTH:
        raise _out_of_range(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _out_of_range(text) from None
    if not -_MAX_EXPONENT <= number.adjusted() <= _MAX_EXPONENT:
        raise _out_of_range(text)
    return number


def _integer(text: str) -> int:
    if len(text) > _MAX_NUMBER_LENGTH:
        raise _out_of_range(text)
    return int(text)


def _constant(text: str) -> NoReturn:
    raise _refused(f"« {text} » n'est pas un nombre.")


def _out_of_range(text: str) -> Refusal:
    return _refused(f"Nombre hors limites : {text[:40]}.")


_DECODER: Final = json.JSONDecoder(
    parse_float=_decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_unique
)


def _bound_depth(text: str, body: bytes) -> None:
    """Refuse nesting past `MAX_DEPTH`. `body`: the text in UTF-8."""
    if text.count("{") + text.count("[") <= MAX_DEPTH or is_shallow(body):
        return
    depth = 0
    for found in _BRACKET_OR_STRING.finditer(text):
        sign = found.group()
        if sign in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep()
        elif sign in "]}":
            depth -= 1


def _refuse_unstorable(text: str) -> None:
    """Refuse lone surrogates and control characters, which escapes can introduce.

    `text`: valid JSON. Its strings are decoded one by one, so that little memory is needed.
    """
    for found in _BRACKET_OR_STRING.finditer(text):
        if not _RISKY_ESCAPE.search(found.group()):
            continue
        value = json.loads(found.group())
        if _SURROGATE.search(value):
            raise _refused("Un texte contient la moitié d'un caractère (surrogate).")
        if any(sign < " " and sign not in "\t\n\r" for sign in value):
            raise _refused("Un texte contient un caractère de contrôle.")


def _too_deep() -> Refusal:
    return _refused(f"Le contenu est imbriqué sur plus de {MAX_DEPTH} niveaux.")


def _refused(sentence: str, expression: str | None = None) -> Refusal:
    details: dict[str, Any] = {"issue": "structure"}
    if expression is not None:
        details["expression"] = [expression]
    return Refusal("invalid", sentence, **details)

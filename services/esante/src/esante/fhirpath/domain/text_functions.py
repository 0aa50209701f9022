"""The functions of FHIRPath on texts.

Regular expressions are those of RE2, which takes time linear in the text whatever the pattern is.
https://hl7.org/fhirpath/N1/#string-manipulation
"""

import base64
import html
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import re2

from esante.fhirpath.domain.evaluator import MAX_TEXT, Evaluation, Values, single, too_long
from esante.fhirpath.domain.expressions import CannotEvaluate
from esante.fhirpath.domain.value_functions import (
    ValueFunction,
    integer_argument,
    on_text,
    text_argument,
)

_PATTERN_MEMORY: Final = 1 << 20
"""Bytes that a compiled regular expression can take."""
_PATTERN_COST: Final = 100
"""Steps of the budget for compiling a regular expression."""
_MAX_PARTS: Final = 10_000
"""Of split() and toChars()."""
_GROUP: Final = re.compile(r"\\(.)|\$(?:([0-9])|\{([A-Za-z][A-Za-z0-9]*)\})?", re.DOTALL)


def _pattern(ev: Evaluation, pattern: str) -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors, options.dot_nl = _PATTERN_MEMORY, False, True
    ev.budget.spend(_PATTERN_COST + len(pattern))
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise CannotEvaluate("Cette expression régulière n’est pas évaluée ici.") from None


def _substring(_: Evaluation, text: str, given: Sequence[Any]) -> str | None:
    start = integer_argument(given[0])
    length = integer_argument(given[1]) if len(given) > 1 else len(text)
    return text[start : start + max(0, length)] if 0 <= start < len(text) else None


def _matches(ev: Evaluation, text: str, given: Sequence[Any]) -> bool:
    pattern = _pattern(ev, text_argument(given[0]))
    ev.budget.spend(len(text) // 10)
    return pattern.search(text) is not None


def _matches_full(ev: Evaluation, text: str, given: Sequence[Any]) -> bool:
    pattern = _pattern(ev, text_argument(given[0]))
    ev.budget.spend(len(text) // 10)
    return pattern.fullmatch(text) is not None


def _replace_matches(ev: Evaluation, text: str, given: Sequence[Any]) -> str:
    pattern, new = text_argument(given[0]), text_argument(given[1])
    if not pattern:
        return text
    compiled = _pattern(ev, pattern)
    ev.budget.spend(len(text) // 10)
    parts: list[str] = []
    length = end = 0
    for match in compiled.finditer(text):
        ev.budget.spend(1)
        parts += [text[end : match.start()], _expanded(ev, new, match)]
        end = match.end()
        length += len(parts[-1]) + len(parts[-2])
        if length > MAX_TEXT:
            raise too_long()
    return "".join([*parts, text[end:]])


def _expanded(ev: Evaluation, new: str, match: Any) -> str:
    """A replacement with its groups: `$1`, `${name}`; a backslash takes the next as it is."""
    if "$" not in new and "\\" not in new:
        return new
    ev.budget.spend(len(new) // 10)
    parts: list[str] = []
    length = end = 0
    for found in _GROUP.finditer(new):
        parts += [new[end : found.start()], _group(found, match)]
        end = found.end()
        # A group can be as long as the text: refused before the parts are joined.
        length += len(parts[-1]) + len(parts[-2])
        if length > MAX_TEXT:
            raise too_long()
    return "".join([*parts, new[end:]])


def _group(found: re.Match[str], match: Any) -> str:
    """The text of one group that a replacement names."""
    if found[1] is not None:
        return found[1]
    try:
        value = match.group(int(found[2])) if found[2] else match.group(found[3])
    except (IndexError, KeyError, TypeError, re2.error):
        raise CannotEvaluate("Un remplacement nomme un groupe inconnu.") from None
    return str(value or "")


def _last_index(_: Evaluation, text: str, given: Sequence[Any]) -> int:
    """Found backwards: `str.rfind` can take quadratic time, `str.find` is linear."""
    searched = text_argument(given[0])
    place = text[::-1].find(searched[::-1])
    return place if place < 0 else len(text) - len(searched) - place


def _replace(ev: Evaluation, text: str, given: Sequence[Any]) -> str:
    old, new = text_argument(given[0]), text_argument(given[1])
    count = text.count(old)
    ev.budget.spend(count)
    if len(text) + count * (len(new) - len(old)) > MAX_TEXT:
        raise too_long()
    return text.replace(old, new)


def _split(ev: Evaluation, text: str, given: Sequence[Any]) -> list[str]:
    separator = text_argument(given[0])
    return _bounded(ev, text.split(separator) if separator else list(text))


def _to_chars(ev: Evaluation, text: str, _: Sequence[Any]) -> list[str]:
    return _bounded(ev, list(text))


def _bounded(ev: Evaluation, parts: list[str]) -> list[str]:
    if len(parts) > _MAX_PARTS:
        raise CannotEvaluate(f"Un texte se divise en {_MAX_PARTS} parties au plus.")
    ev.budget.spend(len(parts))
    return parts


def _join(ev: Evaluation, values: Values, given: Sequence[Values]) -> Values:
    separator = text_argument(single(given[0]).value) if given and given[0] else ""
    texts = [text_argument(each.value) for each in values if each.value is not None]
    if not texts:
        return []
    if sum(map(len, texts)) + len(separator) * len(texts) > MAX_TEXT:
        raise too_long()
    return [ev.text(separator.join(texts))]


def _encode(_: Evaluation, text: str, given: Sequence[Any]) -> str:
    data = text.encode()
    match given[0]:
        case "base64":
            return base64.b64encode(data).decode()
        case "urlbase64":
            return base64.urlsafe_b64encode(data).decode()
        case "hex":
            return data.hex()
    raise CannotEvaluate("encode() et decode() ont base64, urlbase64 et hex.")


def _decode(_: Evaluation, text: str, given: Sequence[Any]) -> str | None:
    try:
        match given[0]:
            case "base64":
                return base64.b64decode(text, validate=True).decode()
            case "urlbase64":
                return base64.b64decode(text, b"-_", validate=True).decode()
            case "hex":
                return bytes.fromhex(text).decode()
    except ValueError:
        return None
    raise CannotEvaluate("encode() et decode() ont base64, urlbase64 et hex.")


def _escape(_: Evaluation, text: str, given: Sequence[Any]) -> str:
    match given[0]:
        case "html":
            return html.escape(text).replace("&#x27;", "&#39;")
        case "json":
            return json.dumps(text, ensure_ascii=False)[1:-1]
    raise CannotEvaluate("escape() et unescape() ont html et json.")


_JSON_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_JSON_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b"}


def _unescape(_: Evaluation, text: str, given: Sequence[Any]) -> str:
    match given[0]:
        case "html":
            return html.unescape(text)
        case "json":
            return _JSON_ESCAPE.sub(_unescaped_json, text)
    raise CannotEvaluate("escape() et unescape() ont html et json.")


def _unescaped_json(match: re.Match[str]) -> str:
    escape = match[1]
    return chr(int(escape[1:], 16)) if len(escape) == 5 else _JSON_ESCAPES.get(escape, escape)


TEXT_FUNCTIONS: Final[Mapping[str, ValueFunction]] = {
    "startsWith": on_text(1, 1, lambda _, text, given: text.startswith(text_argument(given[0]))),
    "endsWith": on_text(1, 1, lambda _, text, given: text.endswith(text_argument(given[0]))),
    "contains": on_text(1, 1, lambda _, text, given: text_argument(given[0]) in text),
    "indexOf": on_text(1, 1, lambda _, text, given: text.find(text_argument(given[0]))),
    "lastIndexOf": on_text(1, 1, _last_index),
    "substring": on_text(1, 2, _substring),
    "matches": on_text(1, 1, _matches),
    "matchesFull": on_text(1, 1, _matches_full),
    "replaceMatches": on_text(2, 2, _replace_matches),
    "replace": on_text(2, 2, _replace),
    "upper": on_text(0, 0, lambda _, text, __: text.upper()),
    "lower": on_text(0, 0, lambda _, text, __: text.lower()),
    "trim": on_text(0, 0, lambda _, text, __: text.strip()),
    "length": on_text(0, 0, lambda _, text, __: len(text)),
    "toChars": on_text(0, 0, _to_chars),
    "split": on_text(1, 1, _split),
    "join": ValueFunction(0, 1, _join),
    "encode": on_text(1, 1, _encode),
    "decode": on_text(1, 1, _decode),
    "escape": on_text(1, 1, _escape),
    "unescape": on_text(1, 1, _unescape),
}

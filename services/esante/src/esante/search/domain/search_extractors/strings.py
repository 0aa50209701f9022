"""Strings: texts, and the parts of names and addresses, each by itself. And uris.

https://hl7.org/fhir/R4/search.html#string, #uri
"""

from collections.abc import Callable
from typing import Any, Final

from esante.core.domain.folding import fold
from esante.core.domain.json_values import texts_in
from esante.search.domain.search_extractors.collector import Found, Reader
from esante.store.domain.index_keys import present_element, uri_element
from esante.store.domain.index_rows import StringRow, UriRow

_PARTS: Final = {
    "HumanName": ("text", "family", "given", "prefix", "suffix"),
    "Address": ("text", "line", "city", "district", "state", "postalCode", "country"),
}
_TEXTS: Final = frozenset({"string", "markdown"})
_URIS: Final = frozenset({"uri", "url", "canonical", "oid", "uuid"})


def string_texts(kind: str) -> Callable[[Any], list[str]] | None:
    """What gives the texts of a value of that type; None for a type that is no string."""
    parts = _PARTS.get(kind)
    if parts is not None:

        def of_parts(value: Any) -> list[str]:
            if not isinstance(value, dict):
                return []
            told = [text for part in parts if part in value for text in texts_in(value[part])]
            return list(dict.fromkeys(told))

        return of_parts
    return texts_in if kind in _TEXTS else None


def string_reader(code: str, parameter: int, kind: str) -> Reader | None:
    """Reads values of that type for the string parameter `code`."""
    texts = string_texts(kind)
    if texts is None:
        return None
    present = present_element(parameter)

    def read(value: Any, found: Found) -> None:
        for text in texts(value):
            found.strings.append(StringRow(code, fold(text), text))
            found.tokens.add(present)

    return read


def without_version(canonical: str) -> str:
    """`http://x|1.0#part` → `http://x`."""
    return canonical.partition("|")[0].partition("#")[0]


def uri_reader(code: str, parameter: int, kind: str) -> Reader | None:
    """Reads values of that type for the uri parameter `code`; a canonical is found with its version
    and without."""
    if kind not in _URIS:
        return None
    present = present_element(parameter)

    def read(value: Any, found: Found) -> None:
        if not isinstance(value, str):
            return
        told = {value, without_version(value)} if kind == "canonical" else {value}
        for uri in sorted(told):
            found.tokens.add(uri_element(parameter, uri))
            found.uris.append(UriRow(code, uri))
        found.tokens.add(present)

    return read

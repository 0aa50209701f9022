"""Extractors of string parameters (texts, parts of names and addresses) and of uri parameters.

https://hl7.org/fhir/R4/search.html#string, #uri
"""

from collections.abc import Callable
from typing import Any, Final

from esante.core.domain.folding import fold
from esante.core.domain.json_values import texts_in
from esante.search.domain.search_extractors.collector import Extractor, IndexCollector
from esante.store.domain.index_keys import present_element, uri_element
from esante.store.domain.index_rows import StringRow, UriRow

_PARTS: Final = {
    "HumanName": ("text", "family", "given", "prefix", "suffix"),
    "Address": ("text", "line", "city", "district", "state", "postalCode", "country"),
}
_TEXTS: Final = frozenset({"string", "markdown"})
_URIS: Final = frozenset({"uri", "url", "canonical", "oid", "uuid"})


def string_texts(value_type: str) -> Callable[[Any], list[str]] | None:
    """A function that returns the texts of a value of that data type; None if it has none."""
    parts = _PARTS.get(value_type)
    if parts is not None:

        def of_parts(value: Any) -> list[str]:
            if not isinstance(value, dict):
                return []
            texts = [text for part in parts if part in value for text in texts_in(value[part])]
            return list(dict.fromkeys(texts))

        return of_parts
    return texts_in if value_type in _TEXTS else None


def string_extractor(code: str, parameter: int, value_type: str) -> Extractor | None:
    """The extractor of the string parameter `code` for values of that data type; None if it has no
    texts. `parameter`: its key."""
    texts = string_texts(value_type)
    if texts is None:
        return None
    present = present_element(parameter)

    def read(value: Any, collector: IndexCollector) -> None:
        for text in texts(value):
            collector.strings.append(StringRow(code, fold(text), text))
            collector.tokens.add(present)

    return read


def without_version(canonical: str) -> str:
    """The canonical without version and fragment: `http://x|1.0#part` → `http://x`."""
    return canonical.partition("|")[0].partition("#")[0]


def uri_extractor(code: str, parameter: int, value_type: str) -> Extractor | None:
    """The extractor of the uri parameter `code` for values of that data type; None if it is no uri.

    A canonical is indexed with and without its version. `parameter`: its key.
    """
    if value_type not in _URIS:
        return None
    present = present_element(parameter)

    def read(value: Any, collector: IndexCollector) -> None:
        if not isinstance(value, str):
            return
        uris = {value, without_version(value)} if value_type == "canonical" else {value}
        for uri in sorted(uris):
            collector.tokens.add(uri_element(parameter, uri))
            collector.uris.append(UriRow(code, uri))
        collector.tokens.add(present)

    return read

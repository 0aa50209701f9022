"""SIRI as a tree, from which both XML and the JSON of SIRI Lite are written.

The members of an element are in the order of the XSD. One that is None or empty is not written. A
name with `@` is an attribute in XML; in JSON it is capitalised.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mobilite.gtfs.domain.translations import Translation


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference: the text of an element in XML, `{"value": …}` in JSON."""

    value: str


Texts = tuple[Translation, ...]
"""A text for people: an element for each language in XML, a list of `{"value", "lang"}` in JSON."""
Element = Mapping[str, Any]
"""Values: str, bool, int, float, Ref, Texts, Element, or a list of these."""


def text(words: str | None) -> Texts:
    """A text whose language is unknown; none without words."""
    return (Translation(words),) if words else ()


def json_of(value: Any) -> Any:
    """A value as the JSON of SIRI Lite."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {
            (name if name[0] != "@" else name[1:].capitalize()): json_of(each)
            for name, each in value.items()
            if is_written(each)
        }
    if isinstance(value, Ref):
        return {"value": value.value}
    if isinstance(value, tuple):
        return [
            {"value": each.text, "lang": each.language} if each.language else {"value": each.text}
            for each in value
        ]
    return [json_of(each) for each in value] if isinstance(value, list) else value


def is_written(value: Any) -> bool:
    """Whether a value has content: a number and False have."""
    return bool(value) or isinstance(value, bool | int | float)

"""The labels of a resource in `meta`: profiles, tags and security labels, added or removed.

https://hl7.org/fhir/R4/resource-operation-meta-add.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from esante.core.domain.json_values import objects_in, texts_in
from socle.errors import Refusal

_CODINGS: Final = ("security", "tag")
_LABELS: Final = ("profile", *_CODINGS)

MetaChange = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
"""Takes the `meta` of a resource and one with labels; returns the next `meta`."""


def read_labels(meta: Mapping[str, Any] | None) -> dict[str, Any]:
    """The labels of the parameter `meta`; its other elements are ignored, as R4 defines.

    Raises Refusal("invalid") if it has none, or malformed ones.
    """
    found = {name: meta[name] for name in _LABELS if name in meta} if meta else {}
    if not found:
        raise Refusal(
            "invalid",
            "Le paramètre « meta » (valueMeta) donne des profils, des étiquettes (tag) ou des"
            " étiquettes de sécurité (security).",
            issue="required",
            expression=["Parameters.parameter"],
        )
    for name, value in found.items():
        read = texts_in(value) if name == "profile" else objects_in(value)
        if not isinstance(value, list) or len(read) != len(value):
            raise Refusal(
                "invalid",
                f"« {name} » est mal formé.",
                issue="structure",
                expression=[f"Parameters.parameter.value.{name}"],
            )
    return found


def add_labels(meta: Mapping[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
    """The `meta` with those labels; one that it has is not repeated."""
    after = dict(meta)
    for name, added in labels.items():
        found = list(meta.get(name, ()))
        for each in added:
            if not any(_same(name, each, other) for other in found):
                found.append(each)
        if found:
            after[name] = found
    return after


def delete_labels(meta: Mapping[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
    """The `meta` without those labels; one that it has not is no error."""
    after = dict(meta)
    for name, removed in labels.items():
        left = [
            each
            for each in meta.get(name, ())
            if not any(_same(name, each, other) for other in removed)
        ]
        if left:
            after[name] = left
        else:
            after.pop(name, None)
    return after


def _same(name: str, one: Any, other: Any) -> bool:
    """Whether two labels are one: codings are compared by system and code."""
    if name not in _CODINGS or not (isinstance(one, dict) and isinstance(other, dict)):
        return bool(one == other)
    return (one.get("system"), one.get("code")) == (other.get("system"), other.get("code"))

"""The contents that a Consent hides with the documents that it denies: the Binaries that any of
their versions names, and those of the documents that they replace (`relatesTo`)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from esante.access.domain.consent_provision import (
    Effect,
    default_effect,
    effect_of,
    instance_of,
    is_resource_class,
)
from esante.access.domain.record_openings import local_reference
from esante.core.domain.json_values import objects_in

DOCUMENT: Final = "DocumentReference"
_BINARY: Final = "Binary"
_MARKS: Final = (b"Binary", b"relatesTo", b"\\u")


@dataclass(frozen=True, slots=True)
class DocumentContents:
    """What one version of a DocumentReference names. Ids, without their types."""

    binaries: frozenset[str]
    replaced: frozenset[str]
    """The documents that it replaces."""


def can_have_contents(text: bytes) -> bool:
    """Whether the JSON of a DocumentReference can name any. Others are not parsed."""
    return any(each in text for each in _MARKS)


def contents_of(document: Mapping[str, Any], base: str) -> DocumentContents:
    """The contents that a version of a DocumentReference names. `base`: the FHIR base."""
    attachments = (each.get("attachment") for each in objects_in(document.get("content")))
    urls = ({"reference": each.get("url")} for each in attachments if isinstance(each, dict))
    related = (
        each.get("target")
        for each in objects_in(document.get("relatesTo"))
        if each.get("code") == "replaces"
    )
    return DocumentContents(_ids(urls, _BINARY, base), _ids(related, DOCUMENT, base))


def denied_documents(consent: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the documents that a provision of a Consent denies by name."""
    found = _denials(consent.get("provision"), default_effect(consent))
    return frozenset(id_ for each in found for id_ in _documents_in(each))


def with_contents(
    consent: Mapping[str, Any], binaries_of: Callable[[Iterable[str]], Iterable[str]]
) -> dict[str, Any]:
    """A Consent whose denials also name the contents of the documents that they name. What it
    permits stays as it is: an exception has to name the contents.

    `binaries_of`: the ids of the Binaries of documents.
    """
    provision = _completed(consent.get("provision"), default_effect(consent), binaries_of)
    return {**consent, "provision": provision}


def _denials(value: Any, default: Effect | None) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        effect = effect_of(value, default)
        if effect == "deny":
            yield value
        for each in objects_in(value.get("provision")):
            yield from _denials(each, effect)


def _completed(
    value: Any, default: Effect | None, binaries_of: Callable[[Iterable[str]], Iterable[str]]
) -> Any:
    if not isinstance(value, dict):
        return value
    effect, found = effect_of(value, default), dict(value)
    if inner := list(objects_in(value.get("provision"))):
        found["provision"] = [_completed(each, effect, binaries_of) for each in inner]
    documents = _documents_in(value) if effect == "deny" else []
    if not documents:
        return found
    data = list(objects_in(value["data"]))
    known = {instance_of(each) for each in data}
    added = sorted(each for each in binaries_of(documents) if (_BINARY, each) not in known)
    found["data"] = data + [
        {"meaning": "instance", "reference": {"reference": f"{_BINARY}/{each}"}} for each in added
    ]
    classes = [each for each in objects_in(value.get("class")) if is_resource_class(each)]
    if added and classes and not any(each["code"] == _BINARY for each in classes):
        found["class"] = [*objects_in(value["class"]), classes[0] | {"code": _BINARY}]
    return found


def _documents_in(provision: Mapping[str, Any]) -> list[str]:
    named = filter(None, map(instance_of, objects_in(provision.get("data"))))
    return [id_ for resource_type, id_ in named if resource_type == DOCUMENT]


def _ids(references: Iterable[Any], resource_type: str, base: str) -> frozenset[str]:
    """The ids of the resources of a type that local references name."""
    found = (local_reference(each, base) or "" for each in references)
    parts = (each.partition("/") for each in found)
    return frozenset(id_ for named, _, id_ in parts if named == resource_type)

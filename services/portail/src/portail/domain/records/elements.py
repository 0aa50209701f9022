"""Elements of FHIR R4 resources as texts and dates.

A resource is what another system wrote: an element that is absent or of another shape is empty.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

Json: TypeAlias = Mapping[str, Any]
"""A resource, or an element of one."""
_LONG_NAME: Final = 60
"""Characters."""
_DATE: Final = 10
"""Characters of `2026-11-28`."""


def items(element: Any) -> list[Json]:
    """The objects of a list element; empty if it is something else."""
    if not isinstance(element, list):
        return []
    return [each for each in element if isinstance(each, Mapping)]


def part(element: Json, name: str) -> Json:
    """A member that is an object; an empty one if it is absent."""
    found = element.get(name)
    return found if isinstance(found, Mapping) else {}


def text(element: Json, name: str) -> str:
    """A member that is a text; empty if it is absent."""
    found = element.get(name)
    return found.strip() if isinstance(found, str) else ""


def concept_text(concept: Json) -> str:
    """What a CodeableConcept means in words: its text, a display, or at least its code."""
    codings = items(concept.get("coding"))
    candidates = [text(concept, "text"), *(text(each, "display") for each in codings)]
    candidates += [text(each, "code") for each in codings]
    return next((each for each in candidates if each), "")


def title_and_details(concept: Json) -> tuple[str, str]:
    """A short name, and the text if it says more than the name: rules write sentences there."""
    name = concept_text(concept)
    given = next(filter(None, (text(each, "display") for each in items(concept.get("coding")))), "")
    return (given, name) if given and len(name) > _LONG_NAME else (name, "")


def codes(concept: Json) -> frozenset[str]:
    """The codes of a CodeableConcept."""
    return frozenset(text(each, "code") for each in items(concept.get("coding")))


def human_name(resource: Json) -> str:
    """The name of a person or an organisation: « Lucie EXEMPLE »; empty without one."""
    if isinstance(resource.get("name"), str):
        return text(resource, "name")
    if resource.get("resourceType") == "Device":
        return next((text(each, "name") for each in items(resource.get("deviceName"))), "")
    names = items(resource.get("name"))
    chosen = next((each for each in names if each.get("use") == "official"), None)
    name = chosen or next(iter(names), {})
    given = [each for each in name.get("given", ()) if isinstance(each, str)]
    parts = [*given[:1], text(name, "family").upper()]
    return " ".join(filter(None, parts)) or text(name, "text")


def instant(value: Any) -> datetime | None:
    """A FHIR dateTime or instant as an aware instant; a date is its midnight, UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(value: Any) -> date | None:
    """The complete date of a FHIR date or dateTime; None for a year or a month."""
    try:
        return date.fromisoformat(value[:_DATE]) if isinstance(value, str) else None
    except ValueError:
        return None


def resources(bundle: Json, resource_type: str) -> list[Json]:
    """The resources of that type in a Bundle, in its order."""
    return [each for each in all_resources(bundle) if each.get("resourceType") == resource_type]


def all_resources(bundle: Json) -> Iterator[Json]:
    """Every resource in a Bundle, in its order."""
    return (part(each, "resource") for each in items(bundle.get("entry")))


def by_reference(bundle: Json) -> dict[str, Json]:
    """The resources of a Bundle by relative reference (`Patient/x`) and by full URL."""
    found: dict[str, Json] = {}
    for entry in items(bundle.get("entry")):
        resource = part(entry, "resource")
        found[f"{resource.get('resourceType')}/{resource.get('id')}"] = resource
        if full_url := text(entry, "fullUrl"):
            found[full_url] = resource
    return found


def with_contained(resource: Json, known: Mapping[str, Json]) -> Mapping[str, Json]:
    """`known` and the resources that this one contains (`#x`)."""
    contained = items(resource.get("contained"))
    return {**known, **{f"#{each.get('id')}": each for each in contained}} if contained else known


def reference_id(reference: Json, resource_type: str) -> str | None:
    """The id of a literal reference to that type; None for another reference."""
    parts = text(reference, "reference").split("/_history/")[0].split("/")
    return parts[-1] if len(parts) >= 2 and parts[-2] == resource_type else None


def display(reference: Json, known: Mapping[str, Json]) -> str:
    """The name of what a reference leads to: its display, or the name of the known resource."""
    if written := text(reference, "display"):
        return written
    target = known.get(text(reference, "reference"), {})
    if target.get("resourceType") == "PractitionerRole":
        return display(part(target, "practitioner"), known)
    return human_name(target)


def next_query(bundle: Json) -> str | None:
    """The query of the following page of a searchset; None on the last."""
    for link in items(bundle.get("link")):
        if link.get("relation") == "next":
            return text(link, "url").partition("?")[2] or None
    return None

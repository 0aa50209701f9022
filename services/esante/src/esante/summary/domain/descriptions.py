"""One line of text for a resource in a summary: its name, then what matters about it, in French."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from esante.summary.domain.sections import Json

_NAMES: Final = (
    "code",
    "medicationCodeableConcept",
    "vaccineCode",
    "medicationReference",
    "device",
    "category",
    "type",
)
"""The elements that name a resource, best first."""
_DATES: Final = (
    "effectiveDateTime",
    "effectivePeriod",
    "performedDateTime",
    "performedPeriod",
    "occurrenceDateTime",
    "onsetDateTime",
    "authoredOn",
    "recordedDate",
    "issued",
    "dateTime",
    "created",
    "period",
)
"""The elements that date a resource, best first."""
_CRITICALITY: Final = {"high": "risque élevé", "low": "risque faible"}
_NAMELESS: Final = "sans nom"
_UNREADABLE: Final = "nom non accessible"
"""Of what is referred to, and not among what the caller may read."""
_OMITTED: Final = dict.fromkeys(
    [0xFFFE, 0xFFFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], None
)
"""Characters that XML does not allow, and those that reverse the direction of the text after them:
a value would be displayed backwards."""
_NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


def describe(resource: Json, names: Mapping[str, str]) -> str:
    """The line of a resource: « Poids : 62,5 kg · 12/03/2026 ».

    `names`: of the resources it may refer to, by `Device/x`.
    """
    value = value_of(resource)
    named = name_of(resource, names) + (f"\N{NO-BREAK SPACE}: {value}" if value else "")
    return " · ".join([named, *_details(resource)]).translate(_OMITTED)


def name_of(resource: Json, names: Mapping[str, str] = _NO_NAMES) -> str:
    """The name of a resource, or of what it is about. `names`: as in `describe`."""
    if resource.get("title"):
        return str(resource["title"])
    for element in _NAMES:
        value = resource.get(element)
        if text := _text(value):
            return text
        if isinstance(value, Mapping) and "reference" in value:
            return _name_referred(value["reference"], resource, names)
    return next((each["name"] for each in resource.get("deviceName", ())), _NAMELESS)


def _name_referred(reference: str, resource: Json, names: Mapping[str, str]) -> str:
    for each in resource.get("contained", ()):
        if reference == f"#{each.get('id')}":
            return name_of(each)
    return names.get("/".join(reference.split("/")[-2:]), _UNREADABLE)


def date_of(resource: Json) -> str:
    """The date of a resource as written; of a period, its start. Empty without one."""
    for element in _DATES:
        found = resource.get(element)
        if isinstance(found, Mapping):
            found = found.get("start")
        if found:
            return str(found)
    return ""


def value_of(resource: Json) -> str:
    """The value of an observation, or the values of its components; empty without one."""
    parts = [_text(resource.get(each)) for each in resource if each.startswith("value")]
    for component in resource.get("component", ()):
        values = [_text(component[each]) for each in component if each.startswith("value")]
        parts += [f"{_text(component.get('code'))} {value}" for value in values if value]
    return ", ".join(each for each in parts if each)


def _details(resource: Json) -> Iterator[str]:
    if risk := _CRITICALITY.get(resource.get("criticality", "")):
        yield risk
    for reaction in resource.get("reaction", ()):
        yield from filter(None, (_text(each) for each in reaction.get("manifestation", ())))
    for dosage in (*resource.get("dosage", ()), *resource.get("dosageInstruction", ())):
        if dosage.get("text"):
            yield str(dosage["text"])
    if date := date_of(resource):
        yield day_text(date)


def _text(value: Any) -> str:
    """The text of a CodeableConcept, a list of them, a Reference, a Quantity or a primitive."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    if not isinstance(value, Mapping):
        return _primitive(value)
    if isinstance(value.get("value"), int | Decimal):
        unit = value.get("unit") or value.get("code") or ""
        return f"{value.get('comparator', '')}{_primitive(value['value'])} {unit}".strip()
    for name in ("text", "display"):
        if value.get(name):
            return str(value[name])
    codings = [each.get("display") or each.get("code") for each in value.get("coding", ())]
    return next(filter(None, codings), "")


def _primitive(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    return "" if value is None else str(value)


def day_text(date: str) -> str:
    """`2026-03-12T10:00:00Z` as 12/03/2026, `2026-03` as 03/2026."""
    return "/".join(reversed(date[:10].split("-")))

"""The sections of a patient summary, and the resources of a record that each contains.

Codes and which sections are required: HL7's International Patient Summary, Composition (IPS).
https://hl7.org/fhir/uv/ips/StructureDefinition-Composition-uv-ips.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Json: TypeAlias = Mapping[str, Any]
"""A resource, or an element of one."""

_LOINC: Final = "http://loinc.org"
_PREGNANCY: Final = frozenset(
    [
        "82810-3",
        "11778-8",
        "11779-6",
        "11780-4",
        "11636-8",
        "11637-6",
        "11638-4",
        "11639-2",
        "11640-0",
        "11612-9",
        "11613-7",
        "11614-5",
        "33065-4",
    ]
)
"""LOINC codes of pregnancy: status, expected date of delivery, history."""
_VALID: Final = ("final", "amended", "corrected", "preliminary")
"""Observation.status of a result that counts."""
_ADVANCE_DIRECTIVE: Final = "adr"
"""Consent.scope, system `http://terminology.hl7.org/CodeSystem/consentscope`."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section, and what belongs in it."""

    code: str
    """LOINC."""
    display: str
    """The name of the code."""
    title: str
    """In French."""
    types: tuple[str, ...]
    """The resource types in it."""
    matches: Callable[[Json], bool]
    """Whether a resource of those types belongs in it."""
    required: bool = False
    """Whether it is there even without a resource."""
    categories: tuple[str, ...] = ()
    """Of its observations (`OBSERVED`). Only the newest resource of each code is then in it."""


def codes_of(concepts: Any) -> frozenset[str]:
    """The codes of a CodeableConcept, or of a list of them."""
    found: set[str] = set()
    for concept in concepts if isinstance(concepts, list) else [concepts or {}]:
        found |= {each["code"] for each in concept.get("coding", ()) if "code" in each}
    return frozenset(found)


def _has_status(*statuses: str) -> Callable[[Json], bool]:
    return lambda resource: resource.get("status") in statuses


def _is_not_refuted(resource: Json) -> bool:
    refuted = codes_of(resource.get("verificationStatus"))
    return refuted.isdisjoint({"refuted", "entered-in-error"})


def _is_current(resource: Json) -> bool:
    """Whether a condition or an allergy is neither over nor refuted."""
    return _is_not_refuted(resource) and not _is_inactive(resource)


def _is_inactive(resource: Json) -> bool:
    over = codes_of(resource.get("clinicalStatus"))
    return not over.isdisjoint({"inactive", "remission", "resolved"})


def _is_past(resource: Json) -> bool:
    return _is_not_refuted(resource) and _is_inactive(resource)


def _is_active_medication(resource: Json) -> bool:
    """Whether a medication is taken, or prescribed and not over."""
    if resource["resourceType"] == "MedicationRequest" and resource.get("intent") == "proposal":
        return False
    return resource.get("status") in ("active", "on-hold", "intended", "unknown")


def _is_observed(*categories: str) -> Callable[[Json], bool]:
    """Whether a result is valid, of one of those categories; `DiagnosticReport`: of any."""

    def matches(resource: Json) -> bool:
        if resource.get("status") not in _VALID:
            return False
        if resource["resourceType"] == "DiagnosticReport":
            return True
        if not codes_of(resource.get("code")).isdisjoint(_PREGNANCY):
            return False
        return not codes_of(resource.get("category")).isdisjoint(categories)

    return matches


def _is_of_pregnancy(resource: Json) -> bool:
    valid = resource.get("status") in _VALID
    return valid and not codes_of(resource.get("code")).isdisjoint(_PREGNANCY)


def _is_directive(resource: Json) -> bool:
    scope = codes_of(resource.get("scope"))
    return resource.get("status") == "active" and _ADVANCE_DIRECTIVE in scope


def _observed(
    code: str, display: str, title: str, *categories: str, types: tuple[str, ...] = ("Observation",)
) -> Section:
    """The section of the results of those categories."""
    return Section(code, display, title, types, _is_observed(*categories), categories=categories)


SECTIONS: Final = (
    Section("104605-1", "Alert", "Alertes", ("Flag",), _has_status("active")),
    Section(
        "48765-2",
        "Allergies and adverse reactions Document",
        "Allergies et intolérances",
        ("AllergyIntolerance",),
        _is_current,
        required=True,
    ),
    Section(
        "10160-0",
        "History of Medication use Narrative",
        "Traitements",
        ("MedicationStatement", "MedicationRequest"),
        _is_active_medication,
        required=True,
    ),
    Section(
        "11450-4",
        "Problem list - Reported",
        "Problèmes de santé",
        ("Condition",),
        _is_current,
        required=True,
    ),
    Section(
        "46264-8",
        "History of medical device use",
        "Dispositifs médicaux",
        ("DeviceUseStatement",),
        _has_status("active", "on-hold"),
    ),
    Section(
        "42348-3",
        "Advance healthcare directives",
        "Directives anticipées",
        ("Consent",),
        _is_directive,
    ),
    _observed("8716-3", "Vital signs note", "Constantes", "vital-signs"),
    _observed(
        "30954-2",
        "Relevant diagnostic tests/laboratory data note",
        "Résultats d’examens",
        "laboratory",
        "imaging",
        types=("Observation", "DiagnosticReport"),
    ),
    Section(
        "11369-6",
        "History of Immunization note",
        "Vaccinations",
        ("Immunization",),
        _has_status("completed"),
    ),
    Section(
        "47519-4",
        "History of Procedures Document",
        "Actes et interventions",
        ("Procedure",),
        _has_status("completed", "in-progress"),
    ),
    Section(
        "11348-0",
        "History of Past illness note",
        "Antécédents",
        ("Condition",),
        _is_past,
    ),
    Section(
        "10162-6",
        "History of pregnancies Narrative",
        "Grossesses",
        ("Observation",),
        _is_of_pregnancy,
        categories=("pregnancy",),
    ),
    _observed("29762-2", "Social history note", "Mode de vie", "social-history"),
    Section("18776-5", "Plan of care note", "Plan de soins", ("CarePlan",), _has_status("active")),
)
"""In the order of the document: first what an emergency needs."""

OBSERVED: Final = {
    category: ("category", category)
    for category in ("vital-signs", "laboratory", "imaging", "social-history")
} | {"pregnancy": ("code", ",".join(f"{_LOINC}|{code}" for code in sorted(_PREGNANCY)))}
"""The search criterion of each category of observations in sections."""

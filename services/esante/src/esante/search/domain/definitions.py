"""What FHIR R4 defines: resource types, search parameters, compartments, types of elements.

Read once from the tables in `r4`, compiled from the official definitions by
`tools/compile_definitions.py`; a line of them is what it says, and a test compiles them again.
https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal, cast

from esante.core.domain.structures import RESOURCE_TYPES

ParameterType = Literal[
    "string", "token", "reference", "date", "number", "quantity", "uri", "composite", "special"
]


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a composite; `expression` is read from each element the composite finds."""

    code: str
    type: ParameterType
    expression: str


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """A search parameter of a resource type.

    `base`: the type that defines it (`Resource` for those of every type); `expression`: FHIRPath,
    of the branches that read that type; `targets`: the types a reference may lead to.
    """

    code: str
    type: ParameterType
    base: str
    expression: str
    targets: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """What an element of a type holds: `types` of its values (several: `name[x]`), the code
    systems of its required binding, and whether it repeats. `path`: where its own elements are
    found, when it is none of a data type (`component` of Observation)."""

    name: str
    path: str
    types: tuple[str, ...]
    systems: tuple[str, ...]
    repeats: bool

    @property
    def is_choice(self) -> bool:
        """Whether JSON names it with its type: `valueQuantity` for `value[x]`."""
        return self.name.endswith("[x]")


def _sections(table: str) -> Iterator[tuple[str, str]]:
    """Each line of a table with the heading above it."""
    heading = ""
    text = files("esante.search.domain").joinpath(f"r4/{table}").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            heading = line.strip("[]")
            yield heading, ""
        elif line and not line.startswith("#"):
            yield heading, line


def _read_parameters() -> dict[str, dict[str, SearchParameter]]:
    found: dict[str, dict[str, SearchParameter]] = {}
    code = ""
    for base, line in _sections("search_parameters.txt"):
        of_base = found.setdefault(base, {})
        if not line:
            continue
        told, _, targets = line.partition(" > ")
        own, kind, expression = told.strip().split(" ", 2)
        kind = cast(ParameterType, kind)
        if line.startswith(" "):
            whole = of_base[code]
            components = (*whole.components, Component(own, kind, expression))
            of_base[code] = SearchParameter(
                code, whole.type, base, whole.expression, (), components
            )
        else:
            code = own
            of_base[code] = SearchParameter(code, kind, base, expression, tuple(targets.split()))
    return found


_PARAMETERS: Final = _read_parameters()
_ANY_TYPE: Final = tuple(sorted(RESOURCE_TYPES))


@lru_cache(maxsize=200)
def parameters_of(resource_type: str) -> Mapping[str, SearchParameter]:
    """The search parameters of a type, by code: its own and those of every resource. KeyError
    where there is no such type."""
    own = _PARAMETERS[resource_type]
    found = {**_PARAMETERS["Resource"], **_PARAMETERS["DomainResource"], **own}
    return MappingProxyType({code: _told_targets(each) for code, each in found.items()})


def _told_targets(parameter: SearchParameter) -> SearchParameter:
    if parameter.targets != ("*",):
        return parameter
    return SearchParameter(
        parameter.code, parameter.type, parameter.base, parameter.expression, _ANY_TYPE
    )


# Parameters that read what others of the type read together: kept once, under those. A test holds
# each to the same paths.
_SAME: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    {
        ("Observation", f"combo-{each}"): (each, f"component-{each}")
        for each in (
            "code",
            "code-value-concept",
            "code-value-quantity",
            "data-absent-reason",
            "value-concept",
            "value-quantity",
        )
    }
    | {
        (kind, "phonetic"): ("name",)
        for kind in ("Patient", "Person", "Practitioner", "RelatedPerson")
    }
)


def stored_under(resource_type: str, code: str) -> tuple[str, ...]:
    """The codes under which the values of a parameter are kept: its own, or those of the parameters
    that read the same between them (`combo-code`: `code` and `component-code`)."""
    return _SAME.get((resource_type, code), (code,))


def _read_compartments() -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for compartment, line in _sections("compartments.txt"):
        if line:
            member, *codes = line.split()
            of_member = found.setdefault(member, {})
            of_member[compartment] = tuple(code for code in codes if code != "{def}")
    return found


_COMPARTMENTS: Final = _read_compartments()

COMPARTMENTS: Final = frozenset({"Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"})


def compartments_of(resource_type: str) -> Mapping[str, tuple[str, ...]]:
    """The compartments a resource of that type may be in: compartment → codes of the parameters
    that place it there. A resource is always in its own (Patient/x in the compartment of x).
    https://hl7.org/fhir/R4/compartmentdefinition.html"""
    return _COMPARTMENTS.get(resource_type, {})


def _read_elements() -> dict[str, dict[str, Element]]:
    found: dict[str, dict[str, Element]] = {}
    for owner, line in _sections("elements.txt"):
        if line:
            told, *systems = line.split(" = ")
            path, *types = told.split()
            plain = path.removesuffix("*")
            place = types[0][1:] if types[0].startswith("#") else plain
            name = plain.rpartition(".")[2]
            element = Element(name, place, tuple(types), tuple(systems), path.endswith("*"))
            found.setdefault(owner, {})[plain.removesuffix("[x]")] = element
    return found


_ELEMENTS: Final = _read_elements()


def find_element(owner: str, path: str) -> Element | None:
    """The element at that path (`component.value`) of a resource or data type, where a search
    parameter passes through it."""
    return _ELEMENTS.get(owner, {}).get(path)


# The token parameter by which the resources of a type are told apart most, of the types that are
# about one patient (`patient`) at most: its codes are kept in the order of creation.
MAIN_CODE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AllergyIntolerance": "code",
        "Composition": "type",
        "Condition": "code",
        "DiagnosticReport": "code",
        "DocumentReference": "type",
        "Encounter": "type",
        "Immunization": "vaccine-code",
        "MedicationAdministration": "code",
        "MedicationDispense": "code",
        "MedicationRequest": "code",
        "MedicationStatement": "code",
        "Observation": "code",
        "Procedure": "code",
        "ServiceRequest": "code",
    }
)
ABOUT: Final = "patient"
"""The parameter that says whom a resource with a main code is about."""

# The date parameter of a type that its searches use most, of those that have one value at most; it
# is kept in columns of the resource's own row.
MAIN_DATE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AllergyIntolerance": "date",
        "Appointment": "date",
        "AuditEvent": "date",
        "Bundle": "timestamp",
        "CarePlan": "date",
        "CareTeam": "date",
        "Claim": "created",
        "ClinicalImpression": "date",
        "Communication": "sent",
        "CommunicationRequest": "authored",
        "Composition": "date",
        "Condition": "onset-date",
        "Consent": "date",
        "DetectedIssue": "identified",
        "DeviceRequest": "authored-on",
        "DiagnosticReport": "date",
        "DocumentReference": "date",
        "Encounter": "date",
        "EpisodeOfCare": "date",
        "ExplanationOfBenefit": "created",
        "FamilyMemberHistory": "date",
        "Flag": "date",
        "Goal": "start-date",
        "ImagingStudy": "started",
        "Immunization": "date",
        "List": "date",
        "Media": "created",
        "MedicationAdministration": "effective-time",
        "MedicationDispense": "whenhandedover",
        "MedicationRequest": "authoredon",
        "MedicationStatement": "effective",
        "NutritionOrder": "datetime",
        "Observation": "date",
        "Patient": "birthdate",
        "Procedure": "date",
        "Provenance": "recorded",
        "QuestionnaireResponse": "authored",
        "RelatedPerson": "birthdate",
        "ResearchSubject": "date",
        "RiskAssessment": "date",
        "Schedule": "date",
        "ServiceRequest": "authored",
        "Slot": "start",
        "Specimen": "collected",
        "SupplyRequest": "date",
        "Task": "authored-on",
    }
)

"""The search parameters and compartments of R4, and the elements in their expressions.

Read once from the tables in `r4`, which `tools/compile_definitions.py` writes from the official
definitions; a test checks that they are up to date. The parameters of the French guides, in
`ci_sis`, are added to them. https://hl7.org/fhir/R4/searchparameter-registry.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from types import MappingProxyType
from typing import Final, Literal, cast

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.uploaded_parameters import uploaded_parameters

ParameterType = Literal[
    "string", "token", "reference", "date", "number", "quantity", "uri", "composite", "special"
]


@dataclass(frozen=True, slots=True)
class Component:
    """SearchParameter.component of a composite."""

    code: str
    type: ParameterType
    expression: str
    """Evaluated on each element that the composite selects."""


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """A search parameter of a resource type."""

    code: str
    """Of an uploaded one: with a hash of its definition, so that it finds no values of another."""
    type: ParameterType
    base: str
    """The type that defines it; `Resource` for those of every type."""
    expression: str
    """FHIRPath, only the branches for that type."""
    targets: tuple[str, ...] = ()
    """The resource types that a reference parameter can refer to."""
    components: tuple[Component, ...] = ()
    """Of a composite parameter."""
    uploaded: bool = False  # defined by a stored SearchParameter


@dataclass(frozen=True, slots=True)
class SearchElement:
    """An element on the path of a search expression."""

    name: str
    """With `[x]` for a choice."""
    path: str
    """The path under which its child elements are listed, for a backbone element."""
    types: tuple[str, ...]
    """The types of its values; several for a choice. `#` and a path: a backbone element whose child
    elements are listed under that path."""
    systems: tuple[str, ...]
    """The code systems of its required binding."""
    repeats: bool
    """Whether it is an array."""

    @property
    def is_choice(self) -> bool:
        """Whether its JSON name contains its type: `valueQuantity` for `value[x]`."""
        return self.name.endswith("[x]")


def _sections(table: str) -> Iterator[tuple[str, str]]:
    """(heading, line) of each line of a table: `folder/name.txt`."""
    heading = ""
    text = files("esante.search.domain").joinpath(table).read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            heading = line.strip("[]")
            yield heading, ""
        elif line and not line.startswith("#"):
            yield heading, line


def _read_parameters() -> dict[str, dict[str, SearchParameter]]:
    found: dict[str, dict[str, SearchParameter]] = {}
    code = ""
    tables = ("r4/search_parameters.txt", "ci_sis/search_parameters.txt")
    for base, line in chain.from_iterable(map(_sections, tables)):
        of_base = found.setdefault(base, {})
        if not line:
            continue
        definition, _, targets = line.partition(" > ")
        own, parameter_type, expression = definition.strip().split(" ", 2)
        parameter_type = cast(ParameterType, parameter_type)
        if line.startswith(" "):
            composite = of_base[code]
            components = (*composite.components, Component(own, parameter_type, expression))
            of_base[code] = SearchParameter(
                code, composite.type, base, composite.expression, (), components
            )
        else:
            code = own
            of_base[code] = SearchParameter(
                code, parameter_type, base, expression, tuple(targets.split())
            )
    return found


_PARAMETERS: Final = _read_parameters()
_ANY_TYPE: Final = tuple(sorted(RESOURCE_TYPES))


def parameters_of(resource_type: str) -> Mapping[str, SearchParameter]:
    """The search parameters of a type by code, uploaded ones included. Raises KeyError."""
    standard = standard_parameters_of(resource_type)
    uploaded = uploaded_parameters().searchable.get(resource_type)
    return {**standard, **uploaded} if uploaded else standard


def indexed_parameters_of(resource_type: str) -> Mapping[str, SearchParameter]:
    """As `parameters_of`, with uploaded ones that are not searchable yet."""
    indexing = uploaded_parameters().indexing.get(resource_type)
    return (
        {**parameters_of(resource_type), **indexing} if indexing else parameters_of(resource_type)
    )


@lru_cache(maxsize=200)
def standard_parameters_of(resource_type: str) -> Mapping[str, SearchParameter]:
    """The search parameters of R4 and of the French guides of a type, by code. Raises KeyError."""
    own = _PARAMETERS[resource_type]
    found = {**_PARAMETERS["Resource"], **_PARAMETERS["DomainResource"], **own}
    return MappingProxyType({code: _with_targets(each) for code, each in found.items()})


def _with_targets(parameter: SearchParameter) -> SearchParameter:
    if parameter.targets != ("*",):
        return parameter
    return SearchParameter(
        parameter.code, parameter.type, parameter.base, parameter.expression, _ANY_TYPE
    )


# Parameters whose values are those of other parameters of the type together. They are indexed once,
# under the others. A test compares their paths.
_STORED_UNDER: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
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
        (resource_type, "phonetic"): ("name",)
        for resource_type in ("Patient", "Person", "Practitioner", "RelatedPerson")
    }
    | {
        ("Appointment", "start"): ("date",),
        ("List", "DesignationType"): ("designationType",),
        ("List", "SourceId"): ("sourceId",),
    }
)


def stored_under(resource_type: str, code: str) -> tuple[str, ...]:
    """The codes under which the values of a parameter are indexed: its own, or those of the
    parameters that together have its values (`combo-code`: `code` and `component-code`)."""
    return _STORED_UNDER.get((resource_type, code), (code,))


def _read_compartments() -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for compartment, line in _sections("r4/compartments.txt"):
        if line:
            member, *codes = line.split()
            of_member = found.setdefault(member, {})
            of_member[compartment] = tuple(code for code in codes if code != "{def}")
    return found


_COMPARTMENTS: Final = _read_compartments()

COMPARTMENTS: Final = frozenset({"Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"})


def compartments_of(resource_type: str) -> Mapping[str, tuple[str, ...]]:
    """By compartment type, the reference parameters that place a resource of that type in it.

    A resource is also in its own compartment (Patient/x in that of x), without a parameter.
    https://hl7.org/fhir/R4/compartmentdefinition.html
    """
    return _COMPARTMENTS.get(resource_type, {})


def _read_elements() -> dict[str, dict[str, SearchElement]]:
    found: dict[str, dict[str, SearchElement]] = {}
    tables = ("r4/elements.txt", "ci_sis/elements.txt")
    for owner, line in chain.from_iterable(map(_sections, tables)):
        if line:
            definition, *systems = line.split(" = ")
            path, *types = definition.split()
            plain = path.removesuffix("*")
            place = types[0][1:] if types[0].startswith("#") else plain
            name = plain.rpartition(".")[2]
            element = SearchElement(name, place, tuple(types), tuple(systems), path.endswith("*"))
            found.setdefault(owner, {})[plain.removesuffix("[x]")] = element
    return found


_ELEMENTS: Final = _read_elements()


def find_element(owner: str, path: str) -> SearchElement | None:
    """The element at that path (`component.value`) of a resource or data type; None if it is on the
    path of no search expression."""
    return _ELEMENTS.get(owner, {}).get(path)


# The most selective token parameter of each type whose resources are about at most one patient. Its
# codes are also indexed in the order of creation (table `code_value`).
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
"""The reference parameter to the patient of a resource with a main code."""

# The most used date parameter of each type, among those with at most one value. Its range is stored
# in columns of the resource row.
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

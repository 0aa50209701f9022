"""One pass over a resource: ids, dates, required codes, references, narrative, common invariants.

StructureValidator checks types, cardinalities and unknown members; members of a wrong type are only
counted here. Invariants that are evaluated by FHIRPath are returned as sites.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Final

from esante.core.domain.outcome import Issue
from esante.core.domain.structures import (
    RESOURCE_TYPES,
    ElementDefinition,
    ancestors,
    find_structure,
)
from esante.validation.domain import bindings
from esante.validation.domain.checks.extensions import check_extensions
from esante.validation.domain.checks.type_checks import TYPE_CHECKS, Check
from esante.validation.domain.constraints import Constraint, constraints_at
from esante.validation.domain.findings import Findings, Place, TooManyErrors, root_place
from esante.validation.domain.invariants import TYPE_RULES, Rule, contained_rules
from esante.validation.domain.narrative import EMPTY, narrative_problem
from esante.validation.domain.primitives import PRIMITIVE_PROBLEMS
from esante.validation.domain.reference_targets import reference_problem
from esante.validation.domain.resource_invariants import RESOURCE_RULES

# Targets that R4's own examples have and its definitions do not allow: a warning, not an error.
_TOLERATED_TARGETS: Final = frozenset(
    {
        ("DeviceMetric.parent", "DeviceDefinition"),
        ("DeviceUseStatement.reasonReference", "Procedure"),
        ("MedicationRequest.dispenseRequest.performer", "Practitioner"),
        ("Observation.performer", "Encounter"),
    }
)

_SPACES: Final = "Un texte n’est pas fait d’espaces seuls : omettez l’élément."
_EMPTY_LIST: Final = "Une liste vide ne s’écrit pas : omettez l’élément."
_NUMBER: Final = frozenset[type]({int, Decimal})
_JSON_TYPES: Final[Mapping[str, frozenset[type]]] = {
    "boolean": frozenset({bool}),
    "decimal": _NUMBER,
    "integer": _NUMBER,
    "positiveInt": _NUMBER,
    "unsignedInt": _NUMBER,
}


@dataclass(frozen=True, slots=True)
class InvariantSite:
    """An element, and an invariant to be evaluated on it."""

    constraint: Constraint
    node: Any
    """The JSON value of the element."""
    type: str
    """Its data type, or the path of a backbone element."""
    resource: Mapping[str, Any]
    """The resource that has the element (FHIRPath `%resource`)."""
    outer: Mapping[str, Any]
    """The resource that contains `resource`, or itself (FHIRPath `%rootResource`)."""
    place: Place


@dataclass(slots=True)
class Examination:
    """The result of one pass over a resource."""

    issues: list[Issue] = field(default_factory=list)
    sites: list[InvariantSite] = field(default_factory=list)
    """Invariants that remain to be evaluated."""
    patients: list[tuple[Mapping[str, Any], Place]] = field(default_factory=list)
    """Every Patient in the resource, at any depth."""
    stopped: bool = False
    """Whether it stopped because of too many errors."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """The resource that is being examined, and where its findings are collected."""

    resource: Mapping[str, Any]
    outer: Mapping[str, Any]
    """The resource that contains it, or itself."""
    contained: Mapping[str, str]
    """The type of each contained resource of `outer`, by id."""
    found: Findings
    examined: Examination


@dataclass(frozen=True, slots=True)
class _MemberRule:
    """The checks of one member of a type."""

    element: ElementDefinition
    json_types: frozenset[type]
    """The allowed Python types of its JSON values."""
    type_only: bool
    """Whether nothing but its JSON type is checked."""
    complex: bool
    """Whether its values are objects with a structure of their own."""
    problem: Callable[[str], str | None] | None
    """Returns why a primitive value is invalid, in French; None if it is valid."""
    constraints: tuple[Constraint, ...]
    """The invariants of the element."""


_Plan = tuple[
    Mapping[str, _MemberRule],
    tuple[Rule, ...],
    tuple[tuple[str, Check], ...],
    tuple[Constraint, ...],
]


def examine(resource: Mapping[str, Any]) -> Examination:
    """Examine a resource, in the order of its members. `resource`: parsed with Decimal."""
    examined, found = Examination(), Findings()
    frame = _Frame(resource, resource, {}, found, examined)
    try:
        _resource(resource, root_place(str(resource.get("resourceType"))), frame, within=None)
    except TooManyErrors:
        examined.stopped = True
    examined.issues = found.issues
    return examined


def _resource(node: Any, place: Place, frame: _Frame, *, within: str | None) -> None:
    """Examine a resource. `within`: the name of the member that has it; None for the outermost."""
    resource_type = node.get("resourceType") if isinstance(node, dict) else None
    if not isinstance(resource_type, str) or resource_type not in RESOURCE_TYPES:
        return
    if within == "contained":
        frame = _Frame(node, frame.outer, frame.contained, frame.found, frame.examined)
    else:
        frame = _Frame(node, node, _contained(node), frame.found, frame.examined)
        if frame.contained:
            for at, key, words in contained_rules(node):
                below: Place = (place, "contained", at)
                frame.found.error("invariant", below, f"{words} ({key}).")
    if resource_type == "Patient":
        frame.examined.patients.append((node, place))
    _complex(node, resource_type, None, place, frame)


def _contained(node: Mapping[str, Any]) -> Mapping[str, str]:
    contained = node.get("contained")
    if not isinstance(contained, list):
        return {}
    return {
        str(each["id"]): str(each.get("resourceType"))
        for each in contained
        if isinstance(each, dict) and "id" in each
    }


def _complex(
    node: dict[str, Any],
    type_name: str,
    element: ElementDefinition | None,
    place: Place,
    frame: _Frame,
) -> None:
    """Examine an element. `element`: None for a resource."""
    members, rules, checks, constraints = _plan(type_name)
    for rule in rules:
        broken = rule(node)
        if broken is not None:
            frame.found.error("invariant", place, f"{broken}.")
    for member_name, check in checks:
        if member_name in node:
            check(node, place, frame.found)
    if "extension" in node or "modifierExtension" in node:
        check_extensions(node, type_name, element, place, frame.found, frame.contained)
    if constraints:
        at = (type_name, frame.resource, frame.outer, place)
        frame.examined.sites += [InvariantSite(each, node, *at) for each in constraints]
    for name, value in node.items():
        member = members.get(name)
        if member is None or value == []:
            _check_other_member(name, value, members, place, frame)
        elif member.type_only:
            for item in value if isinstance(value, list) else (value,):
                if item.__class__ not in member.json_types:
                    frame.found.count_error()
                elif item.__class__ is str and item.isspace():
                    frame.found.error("value", (place, name, None), _SPACES)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                _member(item, member, (place, name, index), frame)
        else:
            _member(value, member, (place, name, None), frame)


def _check_other_member(
    name: str, value: Any, members: Mapping[str, _MemberRule], place: Place, frame: _Frame
) -> None:
    """Check an empty list, the extensions of a primitive, or a member that does not exist."""
    if value == []:
        frame.found.error("structure", (place, name, None), _EMPTY_LIST)
    if name in members:
        return
    if name.startswith("_") and name[1:] in members:
        _primitive_extensions(value, members[name[1:]], (place, name[1:], None), frame)
    elif name == "fhir_comments":
        frame.found.error("structure", (place, name, None), "R4 n’a plus de fhir_comments.")
    elif name != "resourceType":
        frame.found.count_error()


def _primitive_extensions(value: Any, member: _MemberRule, place: Place, frame: _Frame) -> None:
    """Examine the extensions of a primitive, `_birthDate`."""
    above, name, _ = place
    places = (
        [(item, (above, name, index)) for index, item in enumerate(value)]
        if isinstance(value, list)
        else [(value, place)]
    )
    for item, below in places:
        if isinstance(item, dict):
            _complex(item, "Element", member.element, below, frame)
        elif item is not None and isinstance(value, list):
            frame.found.count_error()


def _member(value: Any, member: _MemberRule, place: Place, frame: _Frame) -> None:
    element = member.element
    if value.__class__ not in member.json_types:
        frame.found.count_error()
    if element.type == "Resource":
        _resource(value, place, frame, within=element.name)
        return
    if member.constraints:
        at = (element.type, frame.resource, frame.outer, place)
        frame.examined.sites += [InvariantSite(each, value, *at) for each in member.constraints]
    if element.binding is not None:
        problem = bindings.binding_problem(value, element.type, element.binding)
        if problem is not None:
            frame.found.error("code-invalid", place, problem)
    if member.complex:
        if isinstance(value, dict):
            if element.type == "Reference":
                _reference(value, element, place, frame)
            _complex(value, element.type, element, place, frame)
    elif member.problem is not None and isinstance(value, str):
        problem = member.problem(value)
        if problem == EMPTY:
            # txt-2 as a warning: four of R4's own examples have an empty narrative.
            frame.found.warning("invariant", place, problem, "narrative")
        elif problem is not None:
            frame.found.error("value", place, problem)


def _reference(
    value: dict[str, Any], element: ElementDefinition, place: Place, frame: _Frame
) -> None:
    problem = reference_problem(value, element.targets, frame.contained)
    if problem is None:
        return
    if (element.path, str(value.get("reference")).partition("/")[0]) in _TOLERATED_TARGETS:
        frame.found.warning("value", place, problem, "reference")
    else:
        frame.found.error("value", place, problem)


@cache
def _plan(type_name: str) -> _Plan:
    """What is checked of a type: members by name, rules, checks, invariants for FHIRPath."""
    structure = find_structure(type_name)
    assert structure is not None, type_name
    members = {e.name: _member_rule(e) for e in structure.elements.values()}
    types = tuple(ancestors(type_name))
    rules = tuple(
        rule
        for each_type in types
        for rule in (*TYPE_RULES.get(each_type, ()), *RESOURCE_RULES.get(each_type, ()))
    )
    checks = tuple(check for each_type in types for check in TYPE_CHECKS.get(each_type, ()))
    constraints = tuple(each for each_type in types for each in constraints_at(each_type))
    return members, rules, checks, constraints


def _member_rule(element: ElementDefinition) -> _MemberRule:
    complex_ = find_structure(element.type) is not None
    problem = narrative_problem if element.type == "xhtml" else PRIMITIVE_PROBLEMS.get(element.type)
    constraints = constraints_at(element.path)
    type_only = not (complex_ or problem or constraints or element.binding)
    json_types = _JSON_TYPES.get(element.type, frozenset({dict if complex_ else str}))
    return _MemberRule(
        element,
        json_types,
        type_only and element.type != "Resource",
        complex_,
        problem,
        constraints,
    )

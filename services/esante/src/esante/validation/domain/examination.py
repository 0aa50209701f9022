"""One pass over a resource: ids, dates, required codes, references, narrative, common invariants.

What structure (types, cardinalities, unknown members) shows is somebody else's (`Structure`): a
member that is not what its type says is passed over here. Invariants that only FHIRPath says are
not judged here but handed back as sites.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Final

from esante.core.domain.outcome import Issue
from esante.core.domain.structures import RESOURCE_TYPES, Element, ancestors, shape_of
from esante.validation.domain import bindings
from esante.validation.domain.constraints import Constraint, constraints_at
from esante.validation.domain.findings import Enough, Findings, Place, root
from esante.validation.domain.invariants import NATIVE, Rule, contained_rules
from esante.validation.domain.narrative import EMPTY, wrong_narrative
from esante.validation.domain.primitives import WRONG
from esante.validation.domain.reference_targets import wrong_reference
from esante.validation.domain.resource_invariants import OF_RESOURCES

# Targets that R4's own examples have and its definitions do not allow: told, not refused.
_SLIPS: Final = frozenset(
    {
        ("DeviceMetric.parent", "DeviceDefinition"),
        ("DeviceUseStatement.reasonReference", "Procedure"),
        ("MedicationRequest.dispenseRequest.performer", "Practitioner"),
        ("Observation.performer", "Encounter"),
    }
)


_NUMBER: Final = frozenset[type]({int, Decimal})
_KINDS: Final[Mapping[str, frozenset[type]]] = {
    "boolean": frozenset({bool}),
    "decimal": _NUMBER,
    "integer": _NUMBER,
    "positiveInt": _NUMBER,
    "unsignedInt": _NUMBER,
}


@dataclass(frozen=True, slots=True)
class Site:
    """An element that an invariant is about: `node` of `resource` (of `outer`, where that one is
    contained), at `place`."""

    constraint: Constraint
    node: Any
    resource: Mapping[str, Any]
    outer: Mapping[str, Any]
    place: Place


@dataclass(slots=True)
class Examined:
    """What one pass found, what remains to be judged, and every Patient met, wherever it stands.
    `enough`: so much is wrong that it was stopped."""

    issues: list[Issue] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    patients: list[tuple[Mapping[str, Any], Place]] = field(default_factory=list)
    enough: bool = False


@dataclass(frozen=True, slots=True)
class _Frame:
    """The resource being walked, the one that contains it (or itself), and what that contains."""

    resource: Mapping[str, Any]
    outer: Mapping[str, Any]
    contained: Mapping[str, str]
    found: Findings
    examined: Examined


@dataclass(frozen=True, slots=True)
class _Visit:
    """What to do with a member. `kinds`: what JSON makes of it; `idle`: there is no more to it."""

    element: Element
    kinds: frozenset[type]
    idle: bool
    complex: bool
    wrong: Callable[[str], str | None] | None
    constraints: tuple[Constraint, ...]


def examine(resource: Mapping[str, Any]) -> Examined:
    """Everything found in a resource, in the order of its members."""
    examined = Examined()
    found = Findings()
    frame = _Frame(resource, resource, {}, found, examined)
    try:
        _resource(resource, root(str(resource.get("resourceType"))), frame, within=None)
    except Enough:
        examined.enough = True
    examined.issues = found.issues
    return examined


def _resource(node: Any, place: Place, frame: _Frame, *, within: str | None) -> None:
    """`within`: the member that holds it: `contained` keeps the outer resource's frame."""
    kind = node.get("resourceType") if isinstance(node, dict) else None
    if not isinstance(kind, str) or kind not in RESOURCE_TYPES:
        return
    if within == "contained":
        frame = _Frame(node, frame.outer, frame.contained, frame.found, frame.examined)
    else:
        frame = _Frame(node, node, _contained(node), frame.found, frame.examined)
        if frame.contained:
            for at, key, words in contained_rules(node):
                below: Place = (place, "contained", at)
                frame.found.error("invariant", below, f"{words} ({key}).")
    if kind == "Patient":
        frame.examined.patients.append((node, place))
    _complex(node, kind, place, frame)


def _contained(node: Mapping[str, Any]) -> Mapping[str, str]:
    held = node.get("contained")
    if not isinstance(held, list):
        return {}
    return {
        str(each["id"]): str(each.get("resourceType"))
        for each in held
        if isinstance(each, dict) and "id" in each
    }


def _complex(node: dict[str, Any], type_name: str, place: Place, frame: _Frame) -> None:
    visits, rules, constraints = _plan(type_name)
    for rule in rules:
        broken = rule(node)
        if broken is not None:
            frame.found.error("invariant", place, f"{broken}.")
    for constraint in constraints:
        frame.examined.sites.append(Site(constraint, node, frame.resource, frame.outer, place))
    for name, value in node.items():
        if value == []:
            words = "Une liste vide ne s’écrit pas : omettez l’élément."
            frame.found.error("structure", (place, name, None), words)
        visit = visits.get(name)
        if visit is None:
            if name.startswith("_") and name[1:] in visits:
                _beside(value, (place, name[1:], None), frame)
            elif name != "resourceType":
                frame.found.odd()
        elif visit.idle:
            for item in value if isinstance(value, list) else (value,):
                if item.__class__ not in visit.kinds:
                    frame.found.odd()
        elif isinstance(value, list):
            for index, item in enumerate(value):
                _member(item, visit, (place, name, index), frame)
        else:
            _member(value, visit, (place, name, None), frame)


def _beside(value: Any, place: Place, frame: _Frame) -> None:
    """The extensions of a primitive, `_birthDate`."""
    above, name, _ = place
    if isinstance(value, dict):
        _complex(value, "Element", place, frame)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                _complex(item, "Element", (above, name, index), frame)
            elif item is not None:
                frame.found.odd()


def _member(value: Any, visit: _Visit, place: Place, frame: _Frame) -> None:
    element = visit.element
    if value.__class__ not in visit.kinds:
        frame.found.odd()
    if element.type == "Resource":
        _resource(value, place, frame, within=element.name)
        return
    for constraint in visit.constraints:
        frame.examined.sites.append(Site(constraint, value, frame.resource, frame.outer, place))
    if element.binding is not None:
        wrong = bindings.wrong_coding(value, element.type, element.binding)
        if wrong is not None:
            frame.found.error("code-invalid", place, wrong)
    if visit.complex:
        if isinstance(value, dict):
            if element.type == "Reference":
                _reference(value, element, place, frame)
            _complex(value, element.type, place, frame)
    elif visit.wrong is not None and isinstance(value, str):
        wrong = visit.wrong(value)
        if wrong == EMPTY:
            # txt-2; four of R4's own examples have nothing to say.
            frame.found.warning("invariant", place, wrong)
        elif wrong is not None:
            frame.found.error("value", place, wrong)


def _reference(value: dict[str, Any], element: Element, place: Place, frame: _Frame) -> None:
    wrong = wrong_reference(value, element.targets, frame.contained)
    if wrong is None:
        return
    if (element.path, str(value.get("reference")).partition("/")[0]) in _SLIPS:
        frame.found.warning("value", place, wrong)
    else:
        frame.found.error("value", place, wrong)


@cache
def _plan(
    type_name: str,
) -> tuple[Mapping[str, _Visit], tuple[Rule, ...], tuple[Constraint, ...]]:
    """What to do with each member of a type, and with each node of it."""
    shape = shape_of(type_name)
    assert shape is not None, type_name
    visits = {e.name: _visit(e) for e in shape.elements.values()}
    kinds = tuple(ancestors(type_name))
    rules = tuple(
        rule for kind in kinds for rule in (*NATIVE.get(kind, ()), *OF_RESOURCES.get(kind, ()))
    )
    return visits, rules, tuple(each for kind in kinds for each in constraints_at(kind))


def _visit(element: Element) -> _Visit:
    complex_ = shape_of(element.type) is not None
    wrong = wrong_narrative if element.type == "xhtml" else WRONG.get(element.type)
    constraints = constraints_at(element.path)
    idle = not (complex_ or wrong or constraints or element.binding)
    kinds = _KINDS.get(element.type, frozenset({dict if complex_ else str}))
    return _Visit(element, kinds, idle and element.type != "Resource", complex_, wrong, constraints)

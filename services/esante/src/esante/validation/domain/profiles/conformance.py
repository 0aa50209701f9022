"""Conformance to a profile: cardinalities, patterns, types, value sets, slices, extensions.

The base rules of R4 are not checked again. The targets of references are checked only by type.
https://hl7.org/fhir/R4/profiling.html
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from esante.core.domain.check_budget import CheckBudget, TooManyChecks
from esante.core.domain.outcome import Issue
from esante.core.domain.structures import (
    RESOURCE_TYPES,
    ElementDefinition,
    TypeStructure,
    find_structure,
)
from esante.fhirpath.domain.nodes import Node, element_node
from esante.validation.domain.findings import Findings, Place, TooManyErrors, root_place
from esante.validation.domain.profiles.bound_codes import BoundCodes
from esante.validation.domain.profiles.known_profiles import find_profile
from esante.validation.domain.profiles.profile_invariants import InvariantEvaluation
from esante.validation.domain.profiles.rules import ElementRule, Profile
from esante.validation.domain.profiles.slicing import is_in_value_set, matches_pattern, slice_of
from esante.validation.domain.reference_targets import reference_problem

FindProfile = Callable[[str], Profile | None]
"""Finds a profile by its canonical, with or without version."""

Value = tuple[Any, ElementDefinition, int | None]
"""(JSON value, definition of its element, index in a list or None)."""


def check_conformance(
    resource: Mapping[str, Any],
    profile: Profile,
    find: FindProfile = find_profile,
    codes: BoundCodes | None = None,
    steps: CheckBudget | None = None,
) -> list[Issue]:
    """The issues of a resource against a profile. `find`: finds the profiles that it names.
    `codes`: the value sets that it names; None for those of R4 and FrCore.
    `steps`: of the evaluation of invariants; None for those of one profile.

    Past `check_budget.MAX_CHECKS`, the rest is not compared, and one of them says so.
    """
    resource_type = str(resource.get("resourceType"))
    place = root_place(resource_type)
    found = Findings()
    codes = codes or BoundCodes()
    invariants = InvariantEvaluation(resource, found, codes, steps or CheckBudget())
    check = _ProfileCheck(_contained_types(resource), found, find, codes, invariants)
    if resource_type != profile.type:
        check.found.error(
            "structure",
            place,
            f"Le profil {profile.url} est fait pour {profile.type}, pas {resource_type}.",
        )
    else:
        try:
            check.check_members(resource, resource_type, profile.rule, place)
            check.check_invariants(Node(resource, resource_type), profile.rule, place)
        except TooManyChecks:
            words = f"La ressource n’a pas été comparée en entier au profil {profile.url}."
            check.found.error("too-costly", place, words)
        except TooManyErrors:
            pass
    return check.found.issues


def check_value(
    value: Mapping[str, Any],
    profile: Profile,
    place: Place,
    found: Findings,
    contained: Mapping[str, str],
) -> None:
    """Add the issues of a value of a data type against a profile of that type.

    `contained`: the type of each contained resource, by id.
    """
    check = _ProfileCheck(contained, found, find_profile, BoundCodes(), None)
    try:
        check.check_members(value, profile.type, profile.rule, place)
    except TooManyChecks:
        words = f"La valeur n’a pas été comparée en entier au profil {profile.url}."
        found.error("too-costly", place, words)


def _contained_types(resource: Mapping[str, Any]) -> Mapping[str, str]:
    contained = resource.get("contained")
    return {
        str(each.get("id")): str(each.get("resourceType"))
        for each in (contained if isinstance(contained, list) else ())
        if isinstance(each, dict)
    }


class _ProfileCheck:
    """One validation of a resource against a profile; `found` collects its issues.

    `invariants`: evaluates those of the profile; None to leave them out.
    """

    def __init__(
        self,
        contained: Mapping[str, str],
        found: Findings,
        find: FindProfile,
        codes: BoundCodes,
        invariants: InvariantEvaluation | None,
    ) -> None:
        self.found = found
        self._invariants = invariants
        self._contained = contained
        self._find, self._codes = find, codes
        self._budget = CheckBudget()

    def check_members(
        self, node: Mapping[str, Any], type_name: str, rule: ElementRule, place: Place
    ) -> None:
        """Check the elements of a node of that type against the children of a rule."""
        structure = find_structure(type_name)
        if structure is None:
            return
        for name, child in rule.children.items():
            below: Place = (place, name.removesuffix("[x]"), None)
            self._check_element(list(_values(node, name, structure)), child, below)

    def check_invariants(self, node: Node, rule: ElementRule, place: Place) -> None:
        """Evaluate the invariants of a rule on a value."""
        if self._invariants is not None:
            for invariant in rule.invariants:
                self._invariants.check(invariant, node, place)

    def _check_element(
        self, values: list[Value], rule: ElementRule, place: Place, slice_name: str = ""
    ) -> None:
        """Check the values of one element, or of one slice of it."""
        self._budget.spend(1 + len(values) * (1 + len(rule.slices)))
        suffix = f" (tranche « {slice_name} »)" if slice_name else ""
        if len(values) < rule.minimum:
            self.found.error(
                "required",
                place,
                f"Il manque « {place[1]} »{suffix} : "
                f"au moins {rule.minimum} attendu, {len(values)} trouvé.",
            )
        if rule.maximum is not None and len(values) > rule.maximum:
            self.found.error(
                "structure", place, f"Au plus {rule.maximum} admis{suffix}, {len(values)} trouvés."
            )
        for value, element, index in values:
            self._check_value(value, element, rule, (place[0], element.name, index))
        if rule.slices:
            self._check_slices(values, rule, place)

    def _check_slices(self, values: list[Value], rule: ElementRule, place: Place) -> None:
        names = [slice_of(value, rule, self._budget) for value, _, _ in values]
        for slice_name, slice_rule in rule.slices.items():
            of_slice = [v for v, name in zip(values, names, strict=True) if name == slice_name]
            self._check_element(of_slice, slice_rule, place, slice_name)
        if rule.closed:
            for (_, element, index), found in zip(values, names, strict=True):
                if found is None:
                    self.found.error(
                        "structure",
                        (place[0], element.name, index),
                        f"N’est d’aucune des tranches admises : {', '.join(rule.slices)}.",
                    )

    def _check_value(
        self, value: Any, element: ElementDefinition, rule: ElementRule, place: Place
    ) -> None:
        type_name = _type_name(value, element)
        if rule.types and not {element.type, type_name} & set(rule.types):
            self.found.error(
                "structure",
                place,
                f"Le type {type_name} n’est pas admis ; types admis : {', '.join(rule.types)}.",
            )
            return
        if rule.pattern is not None and not matches_pattern(value, rule.pattern, self._budget):
            self.found.error(
                "value", place, f"La valeur attendue est {_pattern_text(rule.pattern)}."
            )
        self._check_binding(value, rule, place)
        if rule.invariants:
            self.check_invariants(_node(value, element), rule, place)
        if not isinstance(value, dict):
            return
        if rule.targets and element.type == "Reference":
            problem = reference_problem(value, self._types(rule.targets), self._contained)
            if problem is not None:
                self.found.error("value", place, problem)
        if element.type == "Resource":
            self._check_resource(value, rule, place)
            return
        self.check_members(value, element.type, rule, place)
        self._check_profiles(value, element, rule, place)

    def _check_resource(self, value: Any, rule: ElementRule, place: Place) -> None:
        """Check a contained resource, or that of an entry, against the profiles of its type."""
        resource_type = str(value.get("resourceType"))
        contained = {**self._contained, **_contained_types(value)}
        inner = _ProfileCheck(contained, self.found, self._find, self._codes, self._invariants)
        inner._budget = self._budget
        profiles = [self._find(url) for url in rule.profiles]
        for each in (rule, *(p.rule for p in profiles if p and p.type == resource_type)):
            inner.check_members(value, resource_type, each, place)
            if each is not rule:
                inner.check_invariants(Node(value, resource_type), each, place)

    def _check_profiles(
        self, value: Any, element: ElementDefinition, rule: ElementRule, place: Place
    ) -> None:
        for url in rule.profiles:
            profile = self._find(url)
            if profile is not None and profile.type == element.type:
                self.check_members(value, element.type, profile.rule, place)
                self.check_invariants(_node(value, element), profile.rule, place)

    def _types(self, urls: tuple[str, ...]) -> frozenset[str]:
        """The resource types that those profiles constrain; empty if one is not known.

        `urls`: their canonicals.
        """
        found = [self._find(url) for url in urls]
        types = frozenset(
            profile.type if profile else url.rpartition("/")[2]
            for url, profile in zip(urls, found, strict=True)
        )
        return types if types <= RESOURCE_TYPES else frozenset()

    def _check_binding(self, value: Any, rule: ElementRule, place: Place) -> None:
        for url, required in ((rule.required, True), (rule.extensible, False)):
            if url is None:
                continue
            codes = self._codes.find(url)
            member = None if codes is None else is_in_value_set(value, codes, self._budget)
            if member is None:
                self._codes.undecided.add(url)
            if member is False and required:
                self.found.error("code-invalid", place, f"N’est pas du jeu de valeurs {url}.")
            elif member is False:
                self.found.warning(
                    "code-invalid", place, f"N’est pas du jeu de valeurs conseillé {url}."
                )
            elif member is None and required:
                self.found.information(
                    "not-supported",
                    place,
                    f"Code non vérifié : {url} n’est pas connu en entier ici.",
                )


def _values(node: Mapping[str, Any], name: str, structure: TypeStructure) -> Iterator[Value]:
    """The values of the element `name` of a node; of every type, for a choice `value[x]`."""
    for member, value in node.items():
        bare = member[1:] if member.startswith("_") else member
        element = structure.elements.get(bare)
        if element is None or value is None:
            continue
        # A slice of a choice is named by its type: `valueQuantity`.
        if name not in (element.name, element.path.rpartition(".")[2]):
            continue
        # A primitive with an extension instead of a value counts as present.
        if bare != member and node.get(bare) is not None:
            continue
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield item, element, index
        else:
            yield value, element, None


def _type_name(value: Any, element: ElementDefinition) -> str:
    """The type of a value: of a resource, the one it declares."""
    if element.type == "Resource" and isinstance(value, dict):
        return str(value.get("resourceType"))
    return element.type


def _node(value: Any, element: ElementDefinition) -> Node:
    """The node of a value as `_values` gives it: of a primitive without value, its extensions."""
    if isinstance(value, dict) and element.type != "Resource" and not find_structure(element.type):
        return element_node(None, element, value)
    return element_node(value, element)


def _pattern_text(pattern: Any) -> str:
    if isinstance(pattern, dict) and "coding" in pattern:
        return " ou ".join(f"{c['system']}#{c['code']}" for c in pattern["coding"])
    return f"« {pattern} »"

"""Profiles from StructureDefinitions: those of R4, and those that are uploaded.

Only what `conformance` compares is read. A profile is its differential on top of its base.
https://hl7.org/fhir/R4/structuredefinition.html
"""

from collections.abc import Mapping
from typing import Any, Final

from esante.core.domain.json_values import objects_in, texts_in
from esante.core.domain.structures import find_structure
from esante.terminology.domain.r4_terminology import membership_of
from esante.validation.domain.constraints import constraint_keys
from esante.validation.domain.profiles.rules import ElementRule, Invariant, Profile
from socle.errors import Refusal

MAX_ELEMENTS: Final = 2_000
"""Greatest number of elements of one definition that are read."""
_MAX_STEPS: Final = 30
"""Greatest depth of an element, and of the path of a discriminator."""
_MAX_RULES: Final = 10_000
"""Greatest number of rules of one profile, with those of its base."""
_MAX_DISCRIMINATORS: Final = 20
"""Greatest number of discriminators of one element."""
_MAX_KEY: Final = 64
_MAX_HUMAN: Final = 500
"""Characters of the description of an invariant that are repeated in a finding."""
_STRUCTURES: Final = "http://hl7.org/fhir/StructureDefinition/"


def base_of(definition: Mapping[str, Any]) -> str | None:
    """The canonical of the profile that a definition is based on, without version; None if it is
    based on a type of R4."""
    base = str(definition.get("baseDefinition", "")).partition("|")[0]
    is_type = find_structure(base.removeprefix(_STRUCTURES)) is not None
    return None if is_type or not base else base


def profile_of(definition: Mapping[str, Any], base: Profile | None) -> Profile:
    """The profile that a StructureDefinition defines. `base`: of that profile, if it is not a type.

    Without a base that is known here, the snapshot is read. Raises Refusal("too_large") for one
    that is too deep or too large to be compared with.
    """
    rule = base.rule.copy() if base else ElementRule()
    incomplete = base is None and base_of(definition) is not None
    for element in _elements(definition, snapshot=incomplete):
        identity = str(element.get("id") or element.get("path"))
        _, _, path = identity.partition(".")
        if path:
            _apply(_rule_at(rule, path), element)
        else:
            _apply_invariants(rule, element.get("constraint"))
    if rule.count() > _MAX_RULES:
        raise _refused(f"Un profil a {_MAX_RULES} règles au plus, avec celles de sa base.")
    _drop_undecidable(rule)
    return Profile(str(definition.get("url")), str(definition.get("type")), rule)


def _elements(definition: Mapping[str, Any], *, snapshot: bool) -> list[dict[str, Any]]:
    for name in ("snapshot", "differential") if snapshot else ("differential", "snapshot"):
        part = definition.get(name)
        elements = objects_in(part.get("element")) if isinstance(part, dict) else []
        if elements:
            return elements[:MAX_ELEMENTS]
    return []


def _rule_at(root: ElementRule, path: str) -> ElementRule:
    """The rule of an element id without the type (`identifier:PI.type`)."""
    rule = root
    for step in _steps(path):
        name, _, slice_name = step.partition(":")
        if slice_name and name.endswith("[x]"):
            # A slice of a choice is one of its types: `value[x]:valueQuantity`.
            name, slice_name = slice_name, ""
        rule = rule.children.setdefault(name, ElementRule())
        if slice_name:
            if name in ("extension", "modifierExtension"):
                rule.discriminators = (("value", "url"),)
            rule = rule.slices.setdefault(slice_name, ElementRule())
    return rule


def _steps(path: str) -> list[str]:
    steps = path.split(".", _MAX_STEPS)
    if len(steps) > _MAX_STEPS:
        raise _refused(f"Un profil décrit {_MAX_STEPS} niveaux au plus : {path[:80]}.")
    return steps


def _refused(sentence: str) -> Refusal:
    return Refusal("too_large", sentence, rule="unprocessable", issue="too-costly")


def _drop_undecidable(rule: ElementRule) -> None:
    """Remove the slices whose values cannot be recognised: by other discriminators than values, or
    by value sets that are not known here."""
    usable = rule.discriminators and all(
        each in ("value", "pattern") and "(" not in path for each, path in rule.discriminators
    )
    known = {
        name: slice_rule
        for name, slice_rule in rule.slices.items()
        if usable and all(_decides(slice_rule, path) for _, path in rule.discriminators)
    }
    # With a slice that is not known, what is in none of the others can still be allowed.
    rule.closed = rule.closed and len(known) == len(rule.slices)
    rule.slices = known
    for each in (*rule.children.values(), *rule.slices.values()):
        _drop_undecidable(each)


def _decides(slice_rule: ElementRule, path: str) -> bool:
    """Whether a slice states which value it has at the path of a discriminator."""
    at = slice_rule.at(path)
    while at is None and "." in path:
        path = path.rpartition(".")[0]
        at = slice_rule.at(path)
    if at is None:
        return False
    if at.pattern is not None:
        return True
    bound = at.required or at.extensible
    if bound is not None:
        return membership_of(bound) is not None
    below = (*at.children.values(), *at.slices.values())
    return any(_decides(each, "$this") for each in below)


def _apply(rule: ElementRule, element: Mapping[str, Any]) -> None:
    """Add the constraints of an ElementDefinition to a rule."""
    least, most = element.get("min"), element.get("max")
    if isinstance(least, int):
        rule.minimum = least
    if isinstance(most, str) and most.isdigit():
        rule.maximum = int(most)
    for name, value in element.items():
        if name.startswith(("fixed", "pattern")):
            rule.pattern = value
    types = objects_in(element.get("type"))
    codes = tuple(str(each.get("code")) for each in types)
    if codes and not any(each.startswith("http") for each in codes):
        rule.types = codes
    profiles = tuple(url for each in types for url in texts_in(each.get("profile")))
    if len(types) == 1 and len(profiles) == 1:
        rule.profiles = profiles
        if codes == ("Extension",):
            rule.children.setdefault("url", ElementRule()).pattern = profiles[0].partition("|")[0]
    targets = tuple(url for each in types for url in texts_in(each.get("targetProfile")))
    if targets:
        rule.targets = () if f"{_STRUCTURES}Resource" in targets else targets
    _apply_binding(rule, element.get("binding"))
    _apply_invariants(rule, element.get("constraint"))
    _apply_slicing(rule, element.get("slicing"))


def _apply_binding(rule: ElementRule, binding: object) -> None:
    if not isinstance(binding, dict) or not isinstance(binding.get("valueSet"), str):
        return
    url = binding["valueSet"].partition("|")[0]
    if binding.get("strength") == "required":
        rule.required = url
    elif binding.get("strength") == "extensible":
        rule.extensible = url


def _apply_invariants(rule: ElementRule, constraints: object) -> None:
    """Add the invariants of an element to those of its base, but those of R4, which are evaluated
    on every write. One of the same key replaces it."""
    found = {each.key: each for each in rule.invariants}
    for each in objects_in(constraints):
        key, expression = each.get("key"), each.get("expression")
        if isinstance(key, str) and isinstance(expression, str) and key not in constraint_keys():
            found[key] = Invariant(
                key[:_MAX_KEY],
                "error" if each.get("severity") == "error" else "warning",
                expression,
                str(each.get("human", ""))[:_MAX_HUMAN],
            )
    rule.invariants = tuple(found.values())


def _apply_slicing(rule: ElementRule, slicing: object) -> None:
    if not isinstance(slicing, dict):
        return
    discriminators = objects_in(slicing.get("discriminator"))
    if len(discriminators) > _MAX_DISCRIMINATORS:
        raise _refused(f"Un élément a {_MAX_DISCRIMINATORS} discriminateurs au plus.")
    rule.discriminators = tuple(
        (str(each.get("type")), ".".join(_steps(str(each.get("path"))))) for each in discriminators
    )
    rule.closed = slicing.get("rules") == "closed"

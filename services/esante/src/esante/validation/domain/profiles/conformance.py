"""A resource held to a profile: cardinalities, patterns, types, value sets, slices, extensions.

Base rules of R4 are not judged again here. What a reference leads to is known by its type alone.
https://hl7.org/fhir/R4/profiling.html
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from esante.core.domain.outcome import Issue
from esante.core.domain.structures import Element, Shape, shape_of
from esante.terminology.domain.r4_terminology import membership_of
from esante.validation.domain.findings import Enough, Findings, Place, root
from esante.validation.domain.profiles.rules import Profile, Rule, find_profile
from esante.validation.domain.profiles.slicing import holds, is_member, slice_of
from esante.validation.domain.reference_targets import wrong_reference

Value = tuple[Any, Element, int | None]
"""A value of an element, what it is, and where in its list."""


def conformance(resource: Mapping[str, Any], profile: Profile) -> list[Issue]:
    """Everything in which a resource is not as a profile says."""
    kind = str(resource.get("resourceType"))
    place = root(kind)
    judge = _Judge(resource)
    if kind != profile.type:
        judge.found.error(
            "structure", place, f"Le profil {profile.url} est fait pour {profile.type}, pas {kind}."
        )
    else:
        with suppress(Enough):
            judge.members(resource, kind, profile.rule, place)
    return judge.found.issues


class _Judge:
    """One judgement."""

    def __init__(self, resource: Mapping[str, Any]) -> None:
        self.found = Findings()
        held = resource.get("contained")
        self._contained = {
            str(each.get("id")): str(each.get("resourceType"))
            for each in (held if isinstance(held, list) else ())
            if isinstance(each, dict)
        }

    def members(self, node: Mapping[str, Any], type_name: str, rule: Rule, place: Place) -> None:
        """Each element a rule speaks of, in a node of that type."""
        shape = shape_of(type_name)
        if shape is None:
            return
        for name, child in rule.children.items():
            below: Place = (place, name.removesuffix("[x]"), None)
            self._element(list(_values(node, name, shape)), child, below)

    def _element(self, values: list[Value], rule: Rule, place: Place, piece: str = "") -> None:
        """The values of one element, or of one slice of it."""
        told = f" (tranche « {piece} »)" if piece else ""
        if len(values) < rule.minimum:
            self.found.error(
                "required",
                place,
                f"Au moins {rule.minimum} attendu{told}, {len(values)} trouvé.",
            )
        if rule.maximum is not None and len(values) > rule.maximum:
            self.found.error(
                "structure", place, f"Au plus {rule.maximum} admis{told}, {len(values)} trouvés."
            )
        for value, element, index in values:
            self._value(value, element, rule, (place[0], element.name, index))
        if rule.slices:
            self._slices(values, rule, place)

    def _slices(self, values: list[Value], rule: Rule, place: Place) -> None:
        names = [slice_of(value, rule) for value, _, _ in values]
        for piece, piece_rule in rule.slices.items():
            of_piece = [v for v, name in zip(values, names, strict=True) if name == piece]
            self._element(of_piece, piece_rule, place, piece)
        if rule.closed:
            for (_, element, index), found in zip(values, names, strict=True):
                if found is None:
                    self.found.error(
                        "structure",
                        (place[0], element.name, index),
                        f"N’est d’aucune des tranches admises : {', '.join(rule.slices)}.",
                    )

    def _value(self, value: Any, element: Element, rule: Rule, place: Place) -> None:
        if rule.types and element.type not in rule.types:
            self.found.error(
                "structure",
                place,
                f"Le type {element.type} n’est pas admis ; types admis : {', '.join(rule.types)}.",
            )
            return
        if rule.pattern is not None and not holds(value, rule.pattern):
            self.found.error("value", place, f"La valeur attendue est {_told(rule.pattern)}.")
        self._bound(value, rule, place)
        if not isinstance(value, dict):
            return
        if rule.targets and element.type == "Reference":
            wrong = wrong_reference(value, _types(rule.targets), self._contained)
            if wrong is not None:
                self.found.error("value", place, wrong)
        self.members(value, element.type, rule, place)
        self._followed(value, element, rule, place)

    def _followed(self, value: Any, element: Element, rule: Rule, place: Place) -> None:
        for url in rule.profiles:
            profile = find_profile(url)
            if profile is not None and profile.type == element.type:
                self.members(value, element.type, profile.rule, place)

    def _bound(self, value: Any, rule: Rule, place: Place) -> None:
        for url, required in ((rule.required, True), (rule.extensible, False)):
            if url is None:
                continue
            codes = membership_of(url)
            told = None if codes is None else is_member(value, codes)
            if told is False and required:
                self.found.error("code-invalid", place, f"N’est pas du jeu de valeurs {url}.")
            elif told is False:
                self.found.warning(
                    "code-invalid", place, f"N’est pas du jeu de valeurs conseillé {url}."
                )
            elif told is None and required:
                self.found.note(
                    "not-supported",
                    place,
                    f"Code non vérifié : {url} n’est pas connu en entier ici.",
                )


def _values(node: Mapping[str, Any], name: str, shape: Shape) -> Iterator[Value]:
    """The values of an element; of whichever type a choice `value[x]` has."""
    for element in shape.elements.values():
        if element.path.rpartition(".")[2] != name:
            continue
        held = node.get(element.name)
        if held is None:
            # A primitive that has an extension in place of its value is there.
            held = node.get("_" + element.name)
        if isinstance(held, list):
            for index, item in enumerate(held):
                yield item, element, index
        elif held is not None:
            yield held, element, None


def _types(urls: tuple[str, ...]) -> frozenset[str]:
    """The resource types of those profiles."""
    known = ((url, find_profile(url)) for url in urls)
    return frozenset(found.type if found else url.rpartition("/")[2] for url, found in known)


def _told(pattern: Any) -> str:
    if isinstance(pattern, dict) and "coding" in pattern:
        return " ou ".join(f"{c['system']}#{c['code']}" for c in pattern["coding"])
    return f"« {pattern} »"

"""The rules of a profile as a tree of elements, whatever they were read from.

https://hl7.org/fhir/R4/profiling.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any, Final

_CORE: Final = "https://hl7.fr/ig/fhir/core/"
_HL7: Final = "http://hl7.org/fhir/"
_NOS: Final = "https://mos.esante.gouv.fr/NOS/"
_CARDINALITY: Final = re.compile(r"(\d*)\.\.(\d+|\*|)")


@dataclass(slots=True)
class Rule:
    """What is asked of one element. `pattern`: what its value holds at least; `types`, `profiles`,
    `targets`: none for any; `slices`: by name, told apart by `discriminators` (type, path)."""

    minimum: int = 0
    maximum: int | None = None
    pattern: Any = None
    types: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    required: str | None = None
    extensible: str | None = None
    discriminators: tuple[tuple[str, str], ...] = ()
    closed: bool = False
    slices: dict[str, "Rule"] = field(default_factory=dict)
    children: dict[str, "Rule"] = field(default_factory=dict)

    def at(self, path: str) -> "Rule | None":
        """The rule of a path below, `coding.system`; this one for `$this`."""
        rule: Rule | None = self
        for step in () if path == "$this" else path.split("."):
            rule = rule.children.get(step) if rule else None
        return rule

    def copy(self) -> "Rule":
        """Another one, that a profile on top of it can change."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        told["slices"] = {name: rule.copy() for name, rule in self.slices.items()}
        told["children"] = {name: rule.copy() for name, rule in self.children.items()}
        return Rule(**told)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile: `type`: of the resource or data type it is about."""

    url: str
    type: str
    rule: Rule


def find_profile(url: str) -> Profile | None:
    """A profile known here, by its canonical url, with or without a version."""
    return fr_core().get(url.partition("|")[0])


@cache
def fr_core() -> Mapping[str, Profile]:
    """The profiles of FrCore 2.1.0 and the extensions they use, by url."""
    text = files("esante.validation.domain.profiles").joinpath("fr_core.txt").read_text("utf-8")
    found: dict[str, Profile] = {}
    for block in re.split(r"\n(?=\S)", text):
        if block.startswith("#"):
            continue
        head, *lines = [line for line in block.split("\n") if line.strip()]
        name, _, base = head.partition(": ")
        url, above = _structure(name), found.get(_structure(base))
        rule = above.rule.copy() if above else Rule()
        for line in lines:
            _add(rule, line.strip())
        found[url] = Profile(url, above.type if above else base, rule)
    return found


def _add(root: Rule, line: str) -> None:
    """One line of the notation, told at the head of `fr_core.txt`."""
    told, _, pattern = line.partition(" = ")
    identity, *words = told.split()
    rule = _place(root, identity)
    if pattern:
        rule.pattern = _pattern(pattern)
    slicing = iter(words)
    for word in slicing:
        if word == "by":
            rule.discriminators = tuple(_discriminators(next(slicing)))
        elif word == "closed":
            rule.closed = True
        elif word.startswith("->"):
            rule.targets = tuple(_structure(name) for name in word[2:].split(","))
        elif word[0] == ":":
            rule.types = tuple(word[1:].split(","))
        elif word[0] == "<":
            rule.profiles = (_structure(word[1:-1]),)
            if "url" in rule.children:
                rule.children["url"].pattern = rule.profiles[0]
        elif word[0] == "!":
            rule.required = _value_set(word[1:])
        elif word[0] == "~":
            rule.extensible = _value_set(word[1:])
        else:
            _cardinality(rule, word)


def _cardinality(rule: Rule, word: str) -> None:
    match = _CARDINALITY.fullmatch(word)
    assert match is not None, word
    if match[1]:
        rule.minimum = int(match[1])
    if match[2]:
        rule.maximum = None if match[2] == "*" else int(match[2])


def _place(root: Rule, identity: str) -> Rule:
    """The rule of an element id, made where there is none: `identifier:PI.type`."""
    rule = root
    for step in identity.split("."):
        name, _, piece = step.partition(":")
        rule = rule.children.setdefault(name, Rule())
        if piece:
            # Extensions are told apart by their url: the profile's, or that of a part of one.
            if name == "extension" and piece not in rule.slices:
                rule.discriminators = (("value", "url"),)
                rule.slices[piece] = Rule(children={"url": Rule(pattern=piece)})
            rule = rule.slices.setdefault(piece, Rule())
    return rule


def _discriminators(told: str) -> Iterator[tuple[str, str]]:
    for each in told.split(","):
        kind, _, path = each.partition(":")
        yield kind, path


def _pattern(told: str) -> Any:
    system, mark, code = told.partition("#")
    if mark:
        return {"coding": [{"system": _system(system), "code": code}]}
    return _system(told)


def _system(name: str) -> str:
    if name == "v2-0203":
        return "http://terminology.hl7.org/CodeSystem/v2-0203"
    if name.startswith("tre/"):
        told = name[4:]
        return f"{_NOS}TRE_{told}/FHIR/TRE-{told}"
    return f"{_CORE}CodeSystem/{name}" if name.startswith("fr-core-cs-") else name


def _structure(name: str) -> str:
    if name.startswith("fr-core-"):
        return f"{_CORE}StructureDefinition/{name}"
    return f"{_HL7}StructureDefinition/{name.removeprefix('hl7/')}"


def _value_set(name: str) -> str:
    if name.startswith("jdv/"):
        told = name[4:]
        return f"{_NOS}JDV_{told}/FHIR/JDV-{told}"
    if name.startswith("hl7/"):
        return f"{_HL7}ValueSet/{name[4:]}"
    return f"{_CORE}ValueSet/{name}"

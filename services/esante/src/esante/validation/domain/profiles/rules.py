"""The rules of a profile as a tree of elements; the extensions of R4 and the profiles of FrCore.

https://hl7.org/fhir/R4/profiling.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any, Final

_CORE: Final = "https://hl7.fr/ig/fhir/core/"
_HL7: Final = "http://hl7.org/fhir/"
_NOS: Final = "https://mos.esante.gouv.fr/NOS/"
_CARDINALITY: Final = re.compile(r"([0-9]*)\.\.([0-9]+|\*|)")


@dataclass(slots=True)
class ElementRule:
    """The constraints of a profile on one element."""

    minimum: int = 0
    maximum: int | None = None
    """None: unlimited."""
    pattern: Any = None
    """JSON that the value must contain."""
    types: tuple[str, ...] = ()
    """Allowed data types; empty: any."""
    profiles: tuple[str, ...] = ()
    """Canonicals of the profiles of the value; empty: any."""
    targets: tuple[str, ...] = ()
    """Canonicals of the target profiles of a Reference; empty: any."""
    required: str | None = None
    """The value set of a required binding."""
    extensible: str | None = None
    """The value set of an extensible binding."""
    discriminators: tuple[tuple[str, str], ...] = ()
    """(type, path) of each discriminator of the slices."""
    closed: bool = False
    """Whether every value must be in a slice."""
    slices: dict[str, "ElementRule"] = field(default_factory=dict)
    """By name."""
    children: dict[str, "ElementRule"] = field(default_factory=dict)
    """By element name."""

    def at(self, path: str) -> "ElementRule | None":
        """The rule of a descendant (`coding.system`), this rule for `$this`; None if absent."""
        rule: ElementRule | None = self
        for step in () if path == "$this" else path.split("."):
            rule = rule.children.get(step) if rule else None
        return rule

    def copy(self) -> "ElementRule":
        """A deep copy, for a profile derived from this one."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["slices"] = {name: rule.copy() for name, rule in self.slices.items()}
        values["children"] = {name: rule.copy() for name, rule in self.children.items()}
        return ElementRule(**values)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of a resource or data type."""

    url: str
    type: str
    """The constrained type."""
    rule: ElementRule
    contexts: frozenset[str] = frozenset()
    """The paths and types that an extension is for; empty: any."""
    repeats: bool = True
    """Whether an element can have several of an extension."""
    is_modifier: bool = False
    """Whether it is an extension that changes the meaning of its element."""


def find_profile(url: str) -> Profile | None:
    """A profile of FrCore or an extension of R4, by its canonical with or without version; None if
    there is none."""
    url = url.partition("|")[0]
    found = fr_core().get(url)
    if found is None and url in _r4_blocks():
        found = _r4_extension(url)
    return found


@cache
def _r4_blocks() -> Mapping[str, tuple[str, ...]]:
    """The lines of each extension in `r4_extensions.txt`, which
    `services/esante/tools/compile_validation.py` writes, by canonical."""
    found = {}
    for block in re.split(r"\n(?=\S)", _text("r4_extensions.txt")):
        head, *lines = (line.strip() for line in block.split("\n") if line.strip())
        found[_structure(head.partition(": ")[0])] = tuple(lines)
    return found


@cache
def _r4_extension(url: str) -> Profile:
    return _profile(url, "Extension", ElementRule(), _r4_blocks()[url])


def _text(name: str) -> str:
    return files("esante.validation.domain.profiles").joinpath(name).read_text("utf-8")


@cache
def fr_core() -> Mapping[str, Profile]:
    """The profiles of FrCore 2.1.0 and the extensions they use, by canonical."""
    found: dict[str, Profile] = {}
    for block in re.split(r"\n(?=\S)", _text("fr_core.txt")):
        if block.startswith("#"):
            continue
        head, *lines = (line.strip() for line in block.split("\n") if line.strip())
        name, _, base = head.partition(": ")
        url, above = _structure(name), found.get(_structure(base))
        rule = above.rule.copy() if above else ElementRule()
        found[url] = _profile(url, above.type if above else base, rule, lines)
    return found


def _profile(url: str, constrained_type: str, rule: ElementRule, lines: Iterable[str]) -> Profile:
    """The profile with those lines of the notation. `rule`: of its base, to which they apply."""
    contexts: frozenset[str] = frozenset()
    repeats, is_modifier = True, False
    for line in lines:
        if line.startswith("on "):
            contexts = frozenset(line.split()[1:])
        elif line == "once":
            repeats = False
        elif line == "modifier":
            is_modifier = True
        else:
            _apply_line(rule, line)
    return Profile(url, constrained_type, rule, contexts, repeats, is_modifier)


def _apply_line(root: ElementRule, line: str) -> None:
    """Apply one line of the notation to the rules; it is described at the top of `fr_core.txt`."""
    head, _, pattern = line.partition(" = ")
    identity, *words = head.split()
    rule = _rule_at(root, identity)
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


def _cardinality(rule: ElementRule, word: str) -> None:
    match = _CARDINALITY.fullmatch(word)
    assert match is not None, word
    if match[1]:
        rule.minimum = int(match[1])
    if match[2]:
        rule.maximum = None if match[2] == "*" else int(match[2])


def _rule_at(root: ElementRule, identity: str) -> ElementRule:
    """The rule of an element id (`identifier:PI.type`); created if it does not exist."""
    rule = root
    for step in identity.split("."):
        name, _, slice_name = step.partition(":")
        rule = rule.children.setdefault(name, ElementRule())
        if slice_name:
            # Slices of extensions are discriminated by url, which can be that of a nested one.
            if name == "extension" and slice_name not in rule.slices:
                rule.discriminators = (("value", "url"),)
                rule.slices[slice_name] = ElementRule(
                    children={"url": ElementRule(pattern=slice_name)}
                )
            rule = rule.slices.setdefault(slice_name, ElementRule())
    return rule


def _discriminators(written: str) -> Iterator[tuple[str, str]]:
    for each in written.split(","):
        discriminator, _, path = each.partition(":")
        yield discriminator, path


def _pattern(written: str) -> Any:
    system, mark, code = written.partition("#")
    if mark:
        return {"coding": [{"system": _system(system), "code": code}]}
    return _system(written)


def _system(name: str) -> str:
    if name == "v2-0203":
        return "http://terminology.hl7.org/CodeSystem/v2-0203"
    if name.startswith("tre/"):
        nomenclature = name[4:]
        return f"{_NOS}TRE_{nomenclature}/FHIR/TRE-{nomenclature}"
    return f"{_CORE}CodeSystem/{name}" if name.startswith("fr-core-cs-") else name


def _structure(name: str) -> str:
    if name.startswith("http"):
        return name
    if name.startswith("fr-core-"):
        return f"{_CORE}StructureDefinition/{name}"
    return f"{_HL7}StructureDefinition/{name.removeprefix('hl7/')}"


def _value_set(name: str) -> str:
    if name.startswith("jdv/"):
        nomenclature = name[4:]
        return f"{_NOS}JDV_{nomenclature}/FHIR/JDV-{nomenclature}"
    if name.startswith("http"):
        return name
    if name.startswith("hl7/"):
        return f"{_HL7}ValueSet/{name[4:]}"
    return f"{_CORE}ValueSet/{name}"

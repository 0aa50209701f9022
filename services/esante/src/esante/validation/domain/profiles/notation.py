"""The notation of `fr_core.txt`, `ihe_mhd.txt`, `ans_volets.txt` and `r4_extensions.txt`.

It is described at the top of `fr_core.txt`.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

from esante.validation.domain.profiles.rules import ElementRule, Invariant, Profile

_CORE: Final = "https://hl7.fr/ig/fhir/core/"
_HL7: Final = "http://hl7.org/fhir/"
_NOS: Final = "https://mos.esante.gouv.fr/NOS/"
_MHD: Final = "https://profiles.ihe.net/ITI/MHD/"
ANS: Final = "https://interop.esante.gouv.fr/ig/fhir/"
"""Of the guides of the Agence du numérique en santé; the code of one follows."""
_GUIDES: Final = ("annuaire", "cdl", "cds", "gap", "mesures", "nde", "pdsm", "tde")
_CARDINALITY: Final = re.compile(r"([0-9]*)\.\.([0-9]+|\*|)")


def profile_of_lines(
    url: str, constrained_type: str, rule: ElementRule, lines: Iterable[str]
) -> Profile:
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
    rule = root if identity == "." else _rule_at(root, identity)
    if words and words[0] in ("obeys", "advises"):
        _add_invariant(rule, words, pattern)
        return
    if pattern:
        rule.pattern = _pattern(pattern)
    slicing = iter(words)
    for word in slicing:
        if word == "by":
            rule.discriminators = tuple(_discriminators(next(slicing)))
        elif word == "closed":
            rule.closed = True
        elif word.startswith("->"):
            rule.targets = tuple(structure_url(name) for name in word[2:].split(","))
        elif word[0] == ":":
            rule.types = tuple(word[1:].split(","))
        elif word[0] == "<":
            rule.profiles = (structure_url(word[1:-1]),)
            if "url" in rule.children:
                rule.children["url"].pattern = rule.profiles[0]
        elif word[0] == "!":
            rule.required = _value_set(word[1:])
        elif word[0] == "~":
            rule.extensible = _value_set(word[1:])
        else:
            _cardinality(rule, word)


def _add_invariant(rule: ElementRule, words: list[str], written: str) -> None:
    """Add an invariant, written as `obeys key = expression -- what it asks`."""
    expression, _, human = written.partition(" -- ")
    severity: Literal["error", "warning"] = "error" if words[0] == "obeys" else "warning"
    rule.invariants = (*rule.invariants, Invariant(words[1], severity, expression, human))


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
    if name.startswith("mhd/"):
        return f"{_MHD}CodeSystem/{name[4:]}"
    return f"{_CORE}CodeSystem/{name}" if name.startswith("fr-core-cs-") else name


def structure_url(name: str) -> str:
    if name.startswith("http"):
        return name
    guide, _, bare = name.partition("/")
    if guide == "mhd":
        return f"{_MHD}StructureDefinition/{bare}"
    if guide in _GUIDES:
        return f"{ANS}{guide}/StructureDefinition/{bare}"
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
    if name.startswith("mhd/"):
        return f"{_MHD}ValueSet/{name[4:]}"
    return f"{_CORE}ValueSet/{name}"

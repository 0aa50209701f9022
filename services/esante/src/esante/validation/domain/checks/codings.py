"""Codes and displays of the code systems that R4 defines, units, and the form of systems.

These are warnings: R4 demands codes by required bindings alone, and displays are for people
(decision 96). A security label that means nothing is an error, since labels close records. Code
systems that are not known here, as SNOMED CT and LOINC, are not judged.
https://hl7.org/fhir/R4/datatypes.html#Coding
"""

import re
from functools import lru_cache
from typing import Final

from esante.core.domain.ucum.grammar import is_unit
from esante.terminology.domain.concepts import CodeSystem, Concept
from esante.terminology.domain.r4_terminology import find_code_system, find_value_set
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node
from esante.validation.domain.languages import language_problem

_WORD: Final = re.compile(r"\w+")
UCUM: Final = "http://unitsofmeasure.org"
_UNKNOWN_CODES: Final = frozenset({"http://snomed.info/sct", "http://loinc.org"})
"""Frequent code systems whose codes are not known here."""
_LANGUAGES: Final = "urn:ietf:bcp:47"
_LABELS: Final = frozenset({"security", "securityLabel"})
_MAX_DISPLAY: Final = 300
"""Characters of a display that is compared."""


def check_coding(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a Coding."""
    system = node.get("system")
    if not isinstance(system, str) or system in _UNKNOWN_CODES:
        return
    code_system = find_code_system(system)
    code, version = node.get("code"), node.get("version")
    if code_system is None:
        _check_unknown_system(system, code, place, found)
        return
    if not isinstance(code, str) or not code_system.complete:
        return
    problem = code_problem(code_system, code)
    if problem is None:
        _check_display(node.get("display"), code_system, code, place, found)
    else:
        is_known = version in (None, code_system.version)
        if not is_known:
            problem = f"{problem[:-1]}, dont la version {version} n’est pas connue ici."
        at: Place = (place, "code", None)
        if is_known and _is_label(place):
            found.error("code-invalid", at, problem)
        else:
            found.warning("code-invalid", at, problem, "code")


def _is_label(place: Place) -> bool:
    """Whether a Coding is a security label, of a resource, a document or a provision."""
    above, name, _ = place
    return name in _LABELS or (above is not None and above[1] in _LABELS)


def check_quantity(node: Node, place: Place, found: Findings) -> None:
    """Add the issue of the unit of a Quantity."""
    if node.get("system") == UCUM:
        _check_unit(node.get("code"), place, found)


def _check_unit(code: object, place: Place, found: Findings) -> None:
    if isinstance(code, str) and not _is_unit(code):
        words = f"« {code[:80]} » n’est pas une unité UCUM."
        found.warning("code-invalid", (place, "code", None), words, "unit")


@lru_cache(maxsize=2_000)
def _is_unit(code: str) -> bool:
    return is_unit(code)


def _check_unknown_system(system: str, code: object, place: Place, found: Findings) -> None:
    problem = system_problem(system)
    if problem is not None:
        at: Place = (place, "system", None)
        if _is_label(place):
            found.error("value", at, problem)
        else:
            found.warning("value", at, problem, "system")
    elif system == UCUM:
        _check_unit(code, place, found)
    elif system == _LANGUAGES and isinstance(code, str):
        problem = language_problem(code)
        if problem is not None:
            # R4 binds languages to this system at the most (elementdefinition-maxValueSet).
            found.error("code-invalid", (place, "code", None), problem)


def system_problem(system: str) -> str | None:
    """Why a code system is named wrongly, in French; None if it is not. `system`: one that is not
    known here."""
    if ":" not in system:
        return f"« {system[:80]} » n’est pas une adresse absolue : un système de codes en a une."
    if find_value_set(system) is not None:
        return f"{system} est un jeu de valeurs : nommez le système de ses codes."
    return None


def code_problem(code_system: CodeSystem, code: str) -> str | None:
    """Why a code is not of a complete code system, in French; None if it is."""
    if code_system.find(code) is not None:
        return None
    return f"« {code[:80]} » n’est pas un code de {code_system.url}."


def _check_display(
    display: object, code_system: CodeSystem, code: str, place: Place, found: Findings
) -> None:
    concept = code_system.find(code)
    if not isinstance(display, str) or concept is None or len(display) > _MAX_DISPLAY:
        return
    if display == concept.display:
        return
    expected = accepted_displays(concept)
    if expected and _words(display) not in expected:
        words = f"« {display} » n’est pas le libellé de {code}, qui est « {concept.display} »."
        found.warning("code-invalid", (place, "display", None), words, "display")


def accepted_displays(concept: Concept) -> frozenset[tuple[str, ...]]:
    """The words of each display of a concept: without case, spaces and punctuation."""
    written = (concept.display, *concept.designations)
    return frozenset(_words(each) for each in written if each)


@lru_cache(maxsize=5_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))

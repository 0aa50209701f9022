"""The invariants of R4, with their FHIRPath expressions.

`services/esante/tools/compile_validation.py` writes `invariants.tsv` from the official
StructureDefinitions: path, key, severity, evaluation, expression, human description.
https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True, slots=True)
class Constraint:
    """ElementDefinition.constraint."""

    path: str
    """Of an element; or a type."""
    key: str
    severity: Literal["error", "warning"]
    evaluation: str
    """`fhirpath`; `native`: by `validation.domain`; else the reason why it is not evaluated."""
    expression: str
    """In FHIRPath."""
    human: str
    """Its description, in English."""


@cache
def constraints() -> tuple[Constraint, ...]:
    """All invariants, including those that are not evaluated."""
    text = files("esante.validation.domain").joinpath("invariants.tsv").read_text("utf-8")
    found = []
    for line in text.splitlines():
        path, key, severity, evaluation, expression, human = line.split("\t")
        known_severity: Literal["error", "warning"] = "error" if severity == "error" else "warning"
        found.append(Constraint(path, key, known_severity, evaluation, expression, human))
    return tuple(found)


@cache
def constraint_keys() -> frozenset[str]:
    """The keys of all invariants."""
    return frozenset(each.key for each in constraints())


@cache
def _by_path() -> dict[str, tuple[Constraint, ...]]:
    found: dict[str, list[Constraint]] = {}
    for constraint in constraints():
        if constraint.evaluation == "fhirpath":
            found.setdefault(constraint.path, []).append(constraint)
    return {path: tuple(those) for path, those in found.items()}


def constraints_at(path: str) -> tuple[Constraint, ...]:
    """The invariants of a type or an element that are evaluated by FHIRPath."""
    return _by_path().get(path, ())

"""The invariants of R4 that are said in FHIRPath.

From `invariants.tsv`, which `services/esante/tools/compile_validation.py` writes from the official
StructureDefinitions: path, key, severity, how it is judged, expression, what it says. Judged:
`fhirpath`, `native` (`invariants`), or the reason why it is not.
https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True, slots=True)
class Constraint:
    """ElementDefinition.constraint. `path`: of the element it is about, or a type; `judged`:
    "fhirpath", "native", else why it is not judged."""

    path: str
    key: str
    severity: Literal["error", "warning"]
    judged: str
    expression: str
    human: str


@cache
def constraints() -> tuple[Constraint, ...]:
    """All of them, those not judged included."""
    text = files("esante.validation.domain").joinpath("invariants.tsv").read_text("utf-8")
    found = []
    for line in text.splitlines():
        path, key, severity, judged, expression, human = line.split("\t")
        told: Literal["error", "warning"] = "error" if severity == "error" else "warning"
        found.append(Constraint(path, key, told, judged, expression, human))
    return tuple(found)


@cache
def _by_path() -> dict[str, tuple[Constraint, ...]]:
    found: dict[str, list[Constraint]] = {}
    for constraint in constraints():
        if constraint.judged == "fhirpath":
            found.setdefault(constraint.path, []).append(constraint)
    return {path: tuple(those) for path, those in found.items()}


def constraints_at(path: str) -> tuple[Constraint, ...]:
    """Those that FHIRPath judges at a type or an element."""
    return _by_path().get(path, ())

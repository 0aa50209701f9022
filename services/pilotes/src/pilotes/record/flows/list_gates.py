"""The next stages of a pilot, with what each one still requires."""

from collections.abc import Collection
from dataclasses import dataclass

from pilotes.record.domain.fact_traffic import traffic_warnings, unseen_facts
from pilotes.record.domain.gates import Dossier, MissingRequirement, missing_requirements
from pilotes.record.domain.stages import LABELS, NEXT, Stage, needs_reason


@dataclass(frozen=True, slots=True)
class Gate:
    """A stage that can follow, and its missing requirements."""

    to: Stage
    label: str
    """The name of the stage, in French."""
    needs_reason: bool
    """Whether the step requires a written reason."""
    missing: tuple[MissingRequirement, ...]
    warnings: tuple[MissingRequirement, ...]
    """What the reason has to answer."""


def list_gates(dossier: Dossier, seen: Collection[str]) -> tuple[Gate, ...]:
    """The gates from the pilot's stage to each that can follow. `seen`: as in `unseen_facts`."""
    return tuple(_gate(end, dossier, seen) for end in NEXT[dossier.pilot.stage])


def _gate(end: Stage, dossier: Dossier, seen: Collection[str]) -> Gate:
    warnings = traffic_warnings(unseen_facts(end, dossier, seen))
    return Gate(
        end,
        LABELS[end],
        needs_reason(dossier.pilot.stage, end) or bool(warnings),
        missing_requirements(end, dossier),
        warnings,
    )

"""The next stages of a pilot, with what each one still requires."""

from dataclasses import dataclass

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


def list_gates(dossier: Dossier) -> tuple[Gate, ...]:
    """The gates from the pilot's stage to each that can follow."""
    start = dossier.pilot.stage
    return tuple(
        Gate(end, LABELS[end], needs_reason(start, end), missing_requirements(end, dossier))
        for end in NEXT[start]
    )

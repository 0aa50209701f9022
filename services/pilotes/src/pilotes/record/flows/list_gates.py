"""What each next stage of a pilot lacks, before anybody asks for it."""

from dataclasses import dataclass

from pilotes.record.domain.gates import Dossier, Missing, missing_for
from pilotes.record.domain.stages import LABELS, NEXT, Stage, needs_reason


@dataclass(frozen=True, slots=True)
class Gate:
    """A stage that may follow, and what is missing for it."""

    to: Stage
    label: str
    needs_reason: bool
    missing: tuple[Missing, ...]


def gates_of(dossier: Dossier) -> tuple[Gate, ...]:
    """Every gate of the stage that pilot is at."""
    start = dossier.pilot.stage
    return tuple(
        Gate(end, LABELS[end], needs_reason(start, end), missing_for(end, dossier))
        for end in NEXT[start]
    )

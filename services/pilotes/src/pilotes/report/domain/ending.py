"""How a trial ended, and what was decided after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pilotes.french.domain import format_day
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.stages import Stage
from pilotes.report.domain.material import ReportedDecision
from pilotes.results.domain.looks import ended_early

_FOLLOW_UPS: Final[Mapping[Stage, str]] = {
    "generalise": "Décision : ce qui a été essayé va être étendu.",
    "iterate": "Décision : un autre essai va suivre.",
    "stop": "Décision : on s'arrête là, ce qui a été essayé n'est pas étendu.",
}


def early_end(pilot: Pilot, planned: datetime) -> str | None:
    """That a trial ended more than a day before its planned date; None if it did not. `planned`:
    the latest end in its protocols, as an amendment can bring it forward."""
    over = pilot.finished_at
    if over is None or not ended_early(over, planned):
        return None
    return f"L'essai a fini le {format_day(over)}, avant la date prévue, le {format_day(planned)}."


def follow_up(decisions: Sequence[ReportedDecision]) -> str | None:
    """What was decided after the evaluation, and why; None before. `decisions`: the oldest
    first."""
    for each in reversed(decisions):
        if each.to is not None and each.to in _FOLLOW_UPS:
            return f"{_FOLLOW_UPS[each.to]} {each.reason}".strip()
    return None

"""Breaches of guardrails that paused a trial, in words.

The guard counts all participants. Figures are disclosed of complete batches alone: a breach is
sometimes not visible in them, even once the trial is over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pilotes.french.domain import format_day
from pilotes.results.domain.estimates import Figures
from pilotes.statistics.domain.verdict import GuardrailState


@dataclass(frozen=True, slots=True)
class Breach:
    """A pause that the guard decided since a guardrail was breached."""

    at: datetime
    reason: str
    """As it was public then (`breach_reason`)."""


def breach_sentences(figures: Figures, breaches: Sequence[Breach]) -> Iterator[str]:
    """The breaches that the disclosed figures do not show, the last pause of each. `breaches`: the
    oldest first."""
    visible = [
        f"« {figure.indicator.label} »"
        for figure in figures.figures
        if any(each.guard is GuardrailState.BREACHED for each in figure.contrasts)
    ]
    latest = {each.reason: each.at for each in breaches}
    for reason, at in latest.items():
        if not any(label in reason for label in visible):
            yield (
                f"L'essai a été mis en pause le {format_day(at)} : {reason[:1].lower()}{reason[1:]}"
                " Tous les participants de ce jour-là étaient comptés. Les résultats montrés ne"
                " le disent pas : ils ne comptent pas les mêmes personnes."
            )

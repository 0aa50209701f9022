"""Breaches of guardrails that paused a trial, in words.

The guard counts all participants. Figures are disclosed of complete batches alone: a breach is
sometimes not visible in them, even once the trial is over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pilotes.french.domain import format_day
from pilotes.results.domain.estimates import Figures
from pilotes.statistics.domain.verdict import GuardrailState

UNVERIFIED_PAUSE: Final = (
    "Au moins une décision de mise en pause ne peut pas être vérifiée : sa raison n'est pas donnée"
    " ici."
)
"""Where a pause was perhaps a breach: its row or its signature was changed around the service."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A pause that the guard decided since a guardrail was breached."""

    at: datetime
    reason: str
    """As it was public then (`breach_reason`): the labels can have changed since."""
    indicator: str
    """The id of the guardrail."""
    arm: str
    """The name of the arm."""

    @property
    def contrast(self) -> tuple[str, str]:
        """What was breached: the id of the guardrail and the name of the arm."""
        return self.indicator, self.arm


def breach_sentences(figures: Figures, breaches: Sequence[Breach]) -> Iterator[str]:
    """The breaches that the disclosed figures do not show, the last pause of each. `breaches`: the
    oldest first."""
    visible = {
        (figure.indicator.id, each.arm)
        for figure in figures.figures
        for each in figure.contrasts
        if each.guard is GuardrailState.BREACHED
    }
    latest = {each.contrast: each for each in breaches}
    for contrast, each in latest.items():
        if contrast not in visible:
            reason = f"{each.reason[:1].lower()}{each.reason[1:]}"
            yield (
                f"L'essai a été mis en pause le {format_day(each.at)} : {reason}"
                " Tous les participants de ce jour-là étaient comptés. Les résultats montrés ne"
                " le disent pas : ils ne comptent pas les mêmes personnes."
            )

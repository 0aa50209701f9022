"""What came out of a trial, in everyday French: a conclusion for each arm, with how sure it is."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.report.domain.breaches import UNVERIFIED_PAUSE, Breach, breach_sentences
from pilotes.report.domain.ending import early_end
from pilotes.report.domain.figure_words import format_difference, format_difference_range
from pilotes.report.domain.indicator_sections import (
    CLEAR_ALONE,
    guardrail_in_brief,
    is_clear_alone,
    labels_of,
    sentence,
)
from pilotes.results.domain.contrasts import Contrast
from pilotes.results.domain.estimates import Figures
from pilotes.results.domain.looks import place_look_at
from pilotes.statistics.domain.verdict import GuardrailState, IndicatorVerdict

_NOT_DISCLOSED: Final = (
    "Pas de résultat montré : trop peu de personnes sont allées au bout, ou trop peu pour l'une des"
    " réponses possibles."
)
_PLACES_AWAITED: Final = (
    "Pas de résultat montré pour l'instant : il vient deux heures au plus après la fin de l'essai,"
    " s'il y a assez de personnes et de lieux à comparer."
)
_PLACES_NOT_DISCLOSED: Final = (
    "Pas de résultat montré : trop peu de personnes ou de lieux à comparer, ou des réponses trop"
    " semblables dans un groupe."
)
# A result is about its measure: another one can be worse, up to harm.
_HEADS: Final = {
    IndicatorVerdict.FAVOURABLE: "Sur « {label} », c'est mieux avec {arm} qu'avec {control}.",
    IndicatorVerdict.UNFAVOURABLE: (
        "Sur « {label} », c'est moins bien avec {arm} qu'avec {control}."
    ),
    IndicatorVerdict.INCONCLUSIVE: (
        "Sur « {label} », on ne peut pas dire si c'est mieux avec {arm} ou avec {control}."
    ),
}


def primary_outcomes(figures: Figures, protocol: Protocol) -> list[str]:
    """What is concluded now on the primary indicator, for each arm; empty while nothing is
    disclosed.

    `protocol`: the one in force.
    """
    return [
        conclusion(figure.indicator, each, protocol, comparable=figures.ratio_as_planned)
        for figure in figures.figures
        if figure.indicator.role == "primary"
        for each in figure.contrasts
    ]


def public_outcomes(
    pilot: Pilot,
    figures: Figures,
    protocol: Protocol,
    *,
    planned_end: datetime,
    as_of: datetime | None,
    breaches: Sequence[Breach],
    unverified_pause: bool,
) -> list[str]:
    """What everybody reads first of a trial that is over; never empty. `protocol`: the one in
    force. `planned_end`: the latest one in the trial's protocols. `as_of`: when the figures were
    calculated; None: never. `breaches`: of guardrails, that paused the trial.
    `unverified_pause`: as in `ReportMaterial`."""
    nothing = _NOT_DISCLOSED
    if protocol.design.by_place:
        # Figures are an hour old at most when they are read: they come within two.
        before = as_of is not None and as_of < place_look_at(pilot, protocol)
        awaited = before and pilot.stage != "closed"
        nothing = _PLACES_AWAITED if awaited else _PLACES_NOT_DISCLOSED
    early = early_end(pilot, planned_end)
    return [
        *(primary_outcomes(figures, protocol) or [nothing]),
        *_breached(figures),
        *breach_sentences(figures, breaches),
        *([UNVERIFIED_PAUSE] if unverified_pause else []),
        *([early] if early else []),
    ]


def _breached(figures: Figures) -> Iterator[str]:
    """The guardrails whose bound is passed: harm that the primary indicator does not measure."""
    for figure in figures.figures:
        if any(each.guard is GuardrailState.BREACHED for each in figure.contrasts):
            yield guardrail_in_brief(figure.indicator, GuardrailState.BREACHED)


def conclusion(
    indicator: Indicator, found: Contrast, protocol: Protocol, *, comparable: bool
) -> str:
    """The conclusion on one arm: a sentence, then the measure with its interval. `comparable`: no
    sample ratio mismatch was found."""
    labels = labels_of(protocol)
    arm, control = (f"« {labels.get(each, each)} »" for each in (found.arm, protocol.control))
    if not comparable or found.answers_differ:
        text = sentence(indicator, found, comparable=comparable)
        return f"« {indicator.label} », avec {arm}. {text}"
    if found.estimate is None or found.low is None or found.high is None:
        return (
            f"Pas de conclusion sur « {indicator.label} » entre {arm} et {control} : trop peu de"
            " personnes, ou toutes ont la même valeur."
        )
    head = _HEADS[found.verdict].format(label=indicator.label, arm=arm, control=control)
    return " ".join((head, *_measure(indicator, found, found.estimate, (found.low, found.high))))


def _measure(
    indicator: Indicator, found: Contrast, estimate: float, interval: tuple[float, float]
) -> Iterator[str]:
    before = ", à situation de départ égale" if found.adjusted else ""
    yield (
        f"Écart de {format_difference(indicator, estimate)}{before} ; la"
        " vraie valeur est dans cette fourchette 95 fois sur 100 :"
        f" {format_difference_range(indicator, *interval)}."
    )
    if found.verdict is IndicatorVerdict.INCONCLUSIVE and is_clear_alone(found):
        yield f"{CLEAR_ALONE[0].upper()}{CLEAR_ALONE[1:]}."

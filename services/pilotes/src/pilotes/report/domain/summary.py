"""The first lines of a report: verdicts, guardrails, and a pause."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pilotes.french.domain import format_day
from pilotes.record.domain.protocol import Protocol
from pilotes.report.domain.document import Block, Heading, Points
from pilotes.report.domain.figure_words import format_difference, format_difference_range
from pilotes.report.domain.indicator_sections import GUARDS, labels_of, sentence
from pilotes.results.domain.estimates import Figure, Figures
from pilotes.statistics.domain.verdict import GuardrailState


def summary_section(
    figures: Figures, protocol: Protocol, *, paused: tuple[datetime, str] | None
) -> Sequence[Block]:
    """The summary of a report. `paused`: since when the pilot is paused, and why; None if it is
    not."""
    points = []
    if paused is not None:
        at, why = paused
        points.append(f"L'essai est en pause depuis le {format_day(at)}. {why}".strip())
    if not figures.ratio_as_planned:
        points.append(
            "Le tirage au sort n'a pas donné les proportions prévues : rien n'est conclu."
        )
    for figure in figures.figures:
        if figure.indicator.role == "primary":
            points += _primary(figure, figures.k, labels_of(protocol))
        elif figure.indicator.role == "guardrail":
            points += _guardrail(figure)
    return [Heading("En bref"), Points(tuple(points))]


def _primary(figure: Figure, k: int, labels: dict[str, str]) -> Iterator[str]:
    label = f"« {figure.indicator.label} »"
    if not figure.disclosed:
        yield f"{label} : pas de résultat montré, il faut au moins {k} personnes par bras."
    for each in figure.contrasts:
        arm, text = labels.get(each.arm, each.arm), sentence(figure.indicator, each)
        yield f"{label}, avec « {arm} ». {text}"
        if each.estimate is not None and each.low is not None and each.high is not None:
            found = format_difference(figure.indicator, each.estimate)
            within = format_difference_range(figure.indicator, each.low, each.high)
            yield f"Écart au témoin : {found} ({within}, à 95 %)."


def _guardrail(figure: Figure) -> Iterator[str]:
    """The worst state of a guardrail among the arms; nothing if it is not disclosed."""
    states = {each.guard for each in figure.contrasts}
    for state in (GuardrailState.BREACHED, GuardrailState.WATCHED, GuardrailState.HELD):
        if state in states:
            yield f"Garde-fou « {figure.indicator.label} » : {GUARDS[state]}."
            return

"""The first lines of a report, for whoever reads no more: what came out, and what was stopped."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pilotes.french.domain import day
from pilotes.record.domain.protocol import Protocol
from pilotes.report.domain.document import Block, Heading, Points
from pilotes.report.domain.figure_words import gap, gap_range
from pilotes.report.domain.indicator_sections import GUARDS, labels_of, sentence
from pilotes.results.domain.estimates import Figure, Figures
from pilotes.statistics.domain.verdict import Guard


def in_brief(
    figures: Figures, protocol: Protocol, *, paused: tuple[datetime, str] | None
) -> Sequence[Block]:
    """`paused`: since when nobody is on a tried arm any more, and why; None where it is not so."""
    told = []
    if paused is not None:
        at, why = paused
        told.append(f"L'essai est en pause depuis le {day(at)}. {why}".strip())
    if not figures.sound:
        told.append("Le tirage au sort n'a pas donné les proportions prévues : rien n'est conclu.")
    for figure in figures.figures:
        if figure.indicator.role == "primary":
            told += _primary(figure, figures.k, labels_of(protocol))
        elif figure.indicator.role == "guardrail":
            told += _guardrail(figure)
    return [Heading("En bref"), Points(tuple(told))]


def _primary(figure: Figure, k: int, labels: dict[str, str]) -> Iterator[str]:
    asked = f"« {figure.indicator.label} »"
    if not figure.shown:
        yield f"{asked} : pas de résultat montré, il faut au moins {k} personnes par bras."
    for each in figure.contrasts:
        arm, said = labels.get(each.arm, each.arm), sentence(figure.indicator, each)
        yield f"{asked}, avec « {arm} ». {said}"
        if each.estimate is not None and each.low is not None and each.high is not None:
            found = gap(figure.indicator, each.estimate)
            within = gap_range(figure.indicator, each.low, each.high)
            yield f"Écart au témoin : {found} ({within}, à 95 %)."


def _guardrail(figure: Figure) -> Iterator[str]:
    """The worst of its arms: one where the limit is crossed is enough."""
    held = {each.guard for each in figure.contrasts}
    for state in (Guard.BREACHED, Guard.WATCHED, Guard.HELD):
        if state in held:
            yield f"Garde-fou « {figure.indicator.label} » : {GUARDS[state]}."
            return

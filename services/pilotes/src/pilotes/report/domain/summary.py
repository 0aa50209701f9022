"""The first lines of a report: verdicts, guardrails, and a pause."""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime
from typing import Final

from pilotes.french.domain import format_day
from pilotes.record.domain.protocol import Protocol
from pilotes.report.domain.breaches import UNVERIFIED_PAUSE, Breach, breach_sentences
from pilotes.report.domain.document import Block, Heading, Points
from pilotes.report.domain.draw import units_needed
from pilotes.report.domain.indicator_sections import guardrail_in_brief
from pilotes.report.domain.looks import NOT_YET
from pilotes.report.domain.outcomes import conclusion
from pilotes.results.domain.allocation import allocation_sentence
from pilotes.results.domain.estimates import Figure, Figures
from pilotes.statistics.domain.verdict import GuardrailState

_UNDER_WAY: Final = (
    "L'essai n'est pas fini : ces résultats peuvent encore changer. D'ici là, seule son équipe lit"
    " ce rapport ; il sera public ensuite."
)
_GUARDED: Final = "Par prudence, les garde-fous sont surveillés quand même."
_BREACHED_SINCE: Final = (
    "la limite acceptée est franchie si l'on compte tous les participants. Les tableaux ne le"
    " montrent pas encore : les plus récents y manquent."
)


def summary_section(
    figures: Figures,
    protocol: Protocol,
    *,
    under_way: bool,
    paused: tuple[datetime, str] | None,
    waiting: bool,
    breaches: Sequence[Breach],
    unverified_pause: bool,
    ending: Sequence[str],
) -> Sequence[Block]:
    """The summary of a report. `under_way`: the trial is not over. `paused`: since when the pilot
    is paused, and why; None if it is not. `waiting`: for the first planned look. `breaches`: of
    guardrails, that paused the trial. `unverified_pause`: as in `ReportMaterial`.
    `ending`: how the trial ended, and what was decided then, in sentences."""
    # The reason of a pause that lasts is among the first points.
    current = {each.contrast for each in breaches if paused is not None and each.at == paused[0]}
    points = []
    if paused is not None:
        at, why = paused
        points.append(f"L'essai est en pause depuis le {format_day(at)}. {why}".strip())
    if under_way:
        points.append(_UNDER_WAY)
    if not figures.ratio_as_planned:
        guarded = "" if protocol.design.scheduled else f" {_GUARDED}"
        points.append(f"{allocation_sentence(protocol.design, as_planned=False)}{guarded}")
    for figure in figures.figures:
        if figure.indicator.role == "primary" and waiting:
            points.append(f"« {figure.indicator.label} » : {NOT_YET[0].lower()}{NOT_YET[1:]}")
        elif figure.indicator.role == "primary":
            points += _primary(figure, figures, protocol)
        elif figure.indicator.role == "guardrail":
            points += _guardrail(figure, paused_for={indicator for indicator, _ in current})
    former = [each for each in breaches if each.contrast not in current]
    points += breach_sentences(figures, former)
    if unverified_pause:
        points.append(UNVERIFIED_PAUSE)
    return [Heading("En bref"), Points((*points, *ending))]


def _primary(figure: Figure, figures: Figures, protocol: Protocol) -> Iterator[str]:
    label = f"« {figure.indicator.label} »"
    if not figure.disclosed:
        k = figures.k
        least = f"au moins {k} personnes par groupe"
        if protocol.design.by_place:
            least = f"attendre la fin de l'essai, et {least} et {units_needed(protocol)}"
        yield f"{label} : pas de résultat montré, il faut {least}."
    for each in figure.contrasts:
        yield conclusion(figure.indicator, each, protocol, comparable=figures.ratio_as_planned)


def _guardrail(figure: Figure, *, paused_for: Set[str]) -> Iterator[str]:
    """The worst state of a guardrail among the arms; nothing if it is not disclosed.

    `paused_for`: the ids of the guardrails whose breach is the reason of the pause, if any. A pause
    is decided on all participants; the report describes those of complete batches, in which the
    breach is sometimes not visible yet.
    """
    states = {each.guard for each in figure.contrasts}
    if GuardrailState.BREACHED not in states and figure.indicator.id in paused_for:
        yield f"Garde-fou « {figure.indicator.label} » : {_BREACHED_SINCE}"
        return
    for state in (GuardrailState.BREACHED, GuardrailState.WATCHED, GuardrailState.HELD):
        if state in states:
            yield guardrail_in_brief(figure.indicator, state)
            return

"""The results of each indicator, in sentences that follow from the estimates."""

from collections.abc import Iterator, Sequence
from typing import Final

from pilotes.french.domain import format_count, format_short
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.report.domain.curves import difference_curve
from pilotes.report.domain.document import Block, Heading, Paragraph, Table
from pilotes.report.domain.draw import units_needed
from pilotes.report.domain.figure_words import (
    format_difference,
    format_difference_range,
    format_interval,
    format_level,
)
from pilotes.report.domain.looks import NOT_YET
from pilotes.report.domain.reading import moment_of
from pilotes.report.domain.reading_notes import score_note
from pilotes.results.domain.contrasts import Contrast
from pilotes.results.domain.estimates import ArmFigure, Figure, Figures
from pilotes.results.domain.history import IndicatorHistory
from pilotes.statistics.domain.survival import GAP_DAYS
from pilotes.statistics.domain.verdict import GuardrailState, IndicatorVerdict

ROLES: Final = {
    "primary": "Indicateur principal",
    "secondary": "Indicateur secondaire",
    "guardrail": "Garde-fou",
}
_GUARDS: Final = {
    GuardrailState.HELD: "la limite acceptée{bound} est tenue",
    GuardrailState.BREACHED: "la limite acceptée{bound} est franchie",
    GuardrailState.WATCHED: "ces chiffres ne disent pas si la limite acceptée{bound} est tenue",
}
_ANSWERS_DIFFER: Final = (
    "La part des personnes qui ont répondu n'est pas la même que dans le groupe de comparaison :"
    " l'écart peut venir de là."
)
_NOT_CONCLUDED: Final = "Rien n'est conclu."
_GUARDED: Final = (
    "Pendant l'essai, ce garde-fou est surveillé sur tous les participants : s'il a été franchi,"
    " les premières lignes le disent."
)
CLEAR_ALONE: Final = (
    "pris seul, cet écart serait net, mais le seuil est plus sévère parce que plusieurs questions"
    " sont posées (correction de Holm)"
)
"""Of an inconclusive difference whose interval is without zero."""
_STILL_THERE: Final = (
    "Le tableau précédent compte qui est revenu au moins une fois. Celui-ci compte qui revient"
    f" encore ce jour-là. Une personne est comptée comme partie si elle ne revient pas pendant"
    f" {GAP_DAYS} jours."
)


def indicator_sections(
    figures: Figures,
    protocol: Protocol,
    histories: Sequence[IndicatorHistory],
    *,
    at_looks: bool,
    waiting: bool,
) -> list[Block]:
    """The section of each indicator, the primary one first, with or without a result. `at_looks`:
    the trial has planned looks. `waiting`: for the first one, for which guardrails do not wait."""
    order = list(ROLES)
    ranked = sorted(figures.figures, key=lambda each: order.index(each.indicator.role))
    blocks: list[Block] = []
    for figure in ranked:
        blocks.append(Heading(f"{ROLES[figure.indicator.role]} : {figure.indicator.label}"))
        blocks += [*score_note(figure.indicator), *_threshold_note(figure.indicator)]
        if figure.disclosed:
            blocks += _disclosed_section(figure, figures, protocol)
            blocks += _curves(figure.indicator, protocol, histories, at_looks=at_looks)
        elif waiting and figure.indicator.role != "guardrail":
            blocks.append(Paragraph(NOT_YET))
        else:
            blocks += _undisclosed_section(figure.indicator, figures.k, protocol)
    return blocks


def _curves(
    indicator: Indicator,
    protocol: Protocol,
    histories: Sequence[IndicatorHistory],
    *,
    at_looks: bool,
) -> Iterator[Block]:
    """The curve of each arm that has one."""
    labels = labels_of(protocol)
    moment = moment_of(protocol, indicator.role, at_looks=at_looks)
    for each in histories:
        if each.indicator.id == indicator.id:
            found = difference_curve(each, labels.get(each.arm, each.arm), moment)
            if found is not None:
                yield found


def _threshold_note(indicator: Indicator) -> list[Block]:
    """From what a person counts; nothing without a threshold."""
    if indicator.at_least is None:
        return []
    least = format_short(indicator.at_least)
    return [
        Paragraph(
            f"Une personne compte à partir de {least}. Si plus de la moitié comptent, la médiane"
            f" est d'au moins {least}."
        )
    ]


def _undisclosed_section(indicator: Indicator, k: int, protocol: Protocol) -> list[Block]:
    if protocol.design.by_place:
        return [
            Paragraph(
                "Pas de résultat montré : un essai par lieux est lu une seule fois, à sa fin. Il"
                f" faut alors au moins {units_needed(protocol)}, et {k} personnes par"
                " groupe pour chaque réponse possible. Rien n'est conclu."
            )
        ]
    # A guardrail is read of all participants: that nothing is concluded could be wrong.
    guarded = indicator.role == "guardrail" and indicator.bound is not None
    return [
        Paragraph(
            f"Pas de résultat montré : il faut au moins {k} personnes par groupe, et pour"
            f" chaque réponse possible. {_GUARDED if guarded else _NOT_CONCLUDED}"
        )
    ]


def labels_of(protocol: Protocol) -> dict[str, str]:
    """The label of each arm."""
    return {arm.name: arm.label for arm in protocol.arms}


def _disclosed_section(figure: Figure, figures: Figures, protocol: Protocol) -> list[Block]:
    labels = labels_of(protocol)
    found = {each.arm: each for each in figure.contrasts}
    rows = tuple(
        (
            labels.get(each.arm, each.arm),
            format_count(each.answered),
            _level_cell(figure.indicator, each),
            _difference_cell(figure.indicator, found.get(each.arm)),
        )
        for each in figure.arms
    )
    head = ("Groupe", "Personnes", "Niveau (à 95 %)", "Écart avec la comparaison (à 95 %)")
    blocks: list[Block] = [Table(figure.indicator.label, head, rows)]
    for each in figure.contrasts:
        arm = labels.get(each.arm, each.arm)
        text = sentence(figure.indicator, each, comparable=figures.ratio_as_planned)
        blocks.append(Paragraph(f"« {arm} ». {text}"))
    if figure.arms and figure.arms[0].curve:
        blocks += [_curve(figure, labels), Paragraph(_STILL_THERE)]
    return blocks


def _level_cell(indicator: Indicator, found: ArmFigure) -> str:
    """The level of an arm, with its interval if there is one."""
    if found.once is None:
        return format_level(indicator, found.value)
    if found.level is None:
        why = "rapport" if indicator.kind == "ratio" else "sans plafond par personne"
        return f"{format_level(indicator, found.value)} ({why} : pas de marge)"
    return format_interval(indicator, found.level)


def _difference_cell(indicator: Indicator, found: Contrast | None) -> str:
    """The difference of an arm to control, with its interval. `found`: None for control."""
    if found is None:
        return "groupe de comparaison"
    if found.estimate is None or found.low is None or found.high is None:
        return "trop peu pour le dire"
    within = format_difference_range(indicator, found.low, found.high)
    return f"{format_difference(indicator, found.estimate)} ({within})"


def sentence(indicator: Indicator, found: Contrast, *, comparable: bool) -> str:
    """The conclusion on one arm, in French: the state of a guardrail with a bound, else the
    verdict. `comparable`: no sample ratio mismatch was found."""
    if indicator.role == "guardrail" and found.guard is not None and indicator.bound is not None:
        limit = f" (un écart de {format_difference(indicator, indicator.bound)})"
        text = guardrail_sentence(found.guard, limit)
        text = f"{text[0].upper()}{text[1:]}."
        doubtful = found.answers_differ and found.guard is GuardrailState.WATCHED
        return f"{text} {_ANSWERS_DIFFER}" if doubtful else text
    if not comparable:
        return "Rien n'est conclu : les groupes ne sont pas comparables."
    if found.answers_differ:
        return f"Rien n'est conclu. {_ANSWERS_DIFFER}"
    if found.verdict is IndicatorVerdict.INCONCLUSIVE or found.estimate is None:
        return _inconclusive(found)
    better = "mieux" if found.verdict is IndicatorVerdict.FAVOURABLE else "moins bien"
    text = f"Verdict {found.verdict.value} : {better} que le groupe de comparaison"
    before = ", à situation de départ égale" if found.adjusted else ""
    look = "" if found.look is None else f" (regard prévu n° {found.look})"
    return f"{text}, de {format_difference(indicator, found.estimate)}{before}{look}."


def guardrail_sentence(state: GuardrailState, bound: str = "") -> str:
    """The state of a guardrail, in French. `bound`: a parenthesis that states its bound."""
    return _GUARDS[state].format(bound=bound)


def guardrail_in_brief(indicator: Indicator, state: GuardrailState) -> str:
    """The state of a guardrail among the first lines."""
    return f"Garde-fou « {indicator.label} » : {guardrail_sentence(state)}."


def is_clear_alone(found: Contrast) -> bool:
    """Whether an interval is without zero. It is that of one question: an inconclusive verdict,
    which is corrected for several, is then explained."""
    return found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)


def _inconclusive(found: Contrast) -> str:
    if is_clear_alone(found):
        return f"Non concluant : {CLEAR_ALONE}."
    return "Non concluant : l'essai ne permet pas de trancher."


def _curve(figure: Figure, labels: dict[str, str]) -> Table:
    rows = tuple(
        (
            labels.get(each.arm, each.arm),
            f"jour {step.day}",
            f"{format_level(figure.indicator, step.share)}"
            f" (de {format_level(figure.indicator, step.low)}"
            f" à {format_level(figure.indicator, step.high)})",
        )
        for each in figure.arms
        for step in each.curve
    )
    head = ("Groupe", "Depuis le premier jour", "Encore là (à 95 %)")
    return Table(f"Combien reviennent encore : {figure.indicator.label}", head, rows)

"""What came out, indicator by indicator, in sentences that follow from the figures."""

from typing import Final

from pilotes.french.domain import count
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.report.domain.document import Block, Heading, Paragraph, Table
from pilotes.report.domain.figure_words import amount, gap, gap_range, level
from pilotes.results.domain.estimates import Contrast, Figure, Figures
from pilotes.statistics.domain.verdict import Guard, Verdict

ROLES: Final = {
    "primary": "Indicateur principal",
    "secondary": "Indicateur secondaire",
    "guardrail": "Garde-fou",
}
GUARDS: Final = {
    Guard.HELD: "la limite acceptée est tenue",
    Guard.BREACHED: "la limite acceptée est franchie",
    Guard.WATCHED: "l'essai ne permet pas de dire si la limite acceptée est tenue",
}


def results(figures: Figures, protocol: Protocol, smallest: str) -> list[Block]:
    """Every indicator, the primary one first, those without a result too."""
    order = list(ROLES)
    ranked = sorted(figures.figures, key=lambda each: order.index(each.indicator.role))
    blocks: list[Block] = []
    for figure in ranked:
        blocks.append(Heading(f"{ROLES[figure.indicator.role]} : {figure.indicator.label}"))
        blocks += _hidden(figures.k) if not figure.shown else _shown(figure, figures, protocol)
    return blocks


def _hidden(k: int) -> list[Block]:
    return [
        Paragraph(
            f"Pas de résultat montré : il faut au moins {k} personnes par bras dans chaque"
            " réponse. Verdict : non concluant."
        )
    ]


def labels_of(protocol: Protocol) -> dict[str, str]:
    """What people read of each arm."""
    return {arm.name: arm.label for arm in protocol.arms}


def _shown(figure: Figure, figures: Figures, protocol: Protocol) -> list[Block]:
    labels = labels_of(protocol)
    found = {each.arm: each for each in figure.contrasts}
    rows = tuple(
        (
            labels.get(each.arm, each.arm),
            count(each.answered),
            level(figure.indicator, each.level),
            _gap(figure.indicator, found.get(each.arm)),
        )
        for each in figure.arms
    )
    head = ("Bras", "Personnes", "Niveau (95 %)", "Écart au témoin (95 %)")
    blocks: list[Block] = [Table(figure.indicator.label, head, rows)]
    for each in figure.contrasts:
        arm = labels.get(each.arm, each.arm)
        blocks.append(Paragraph(f"« {arm} ». {sentence(figure.indicator, each)}"))
    if figure.arms and figure.arms[0].curve:
        blocks.append(_curve(figure, labels))
    return blocks


def _gap(indicator: Indicator, found: Contrast | None) -> str:
    if found is None:
        return "témoin"
    if found.estimate is None or found.low is None or found.high is None:
        return "trop peu pour le dire"
    within = gap_range(indicator, found.low, found.high)
    return f"{gap(indicator, found.estimate)} ({within})"


def sentence(indicator: Indicator, found: Contrast) -> str:
    """What may be said of an arm, and no more."""
    if indicator.role == "guardrail" and found.guard is not None and indicator.bound is not None:
        told = f"{GUARDS[found.guard]} ({gap(indicator, indicator.bound)})"
        return f"{told[0].upper()}{told[1:]}."
    if found.verdict is Verdict.INCONCLUSIVE or found.estimate is None:
        return "Non concluant : l'essai ne permet pas de trancher."
    better = "mieux" if found.verdict is Verdict.FAVOURABLE else "moins bien"
    told = f"Verdict {found.verdict.value} : {better} que le témoin"
    before = ", à situation de départ égale" if found.adjusted else ""
    return f"{told}, de {gap(indicator, found.estimate)}{before}."


def _curve(figure: Figure, labels: dict[str, str]) -> Table:
    rows = tuple(
        (
            labels.get(each.arm, each.arm),
            f"jour {step.day}",
            f"{amount(figure.indicator, step.share)} (de {amount(figure.indicator, step.low)}"
            f" à {amount(figure.indicator, step.high)})",
        )
        for each in figure.arms
        for step in each.curve
    )
    head = ("Bras", "Depuis le premier jour", "Encore là (95 %, Kaplan-Meier)")
    return Table(f"Combien reviennent encore : {figure.indicator.label}", head, rows)

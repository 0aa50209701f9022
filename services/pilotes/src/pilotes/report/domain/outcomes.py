"""What came out of a trial, in one French sentence for each arm."""

from pilotes.record.domain.protocol import Protocol
from pilotes.report.domain.indicator_sections import labels_of, sentence
from pilotes.results.domain.estimates import Figures


def primary_outcomes(figures: Figures, protocol: Protocol) -> list[str]:
    """What is concluded now on the primary indicator; empty while nothing is disclosed.

    `protocol`: the one in force.
    """
    labels = labels_of(protocol)
    return [
        f"« {figure.indicator.label} », avec « {labels.get(each.arm, each.arm)} ». "
        + sentence(figure.indicator, each, comparable=figures.ratio_as_planned)
        for figure in figures.figures
        if figure.indicator.role == "primary"
        for each in figure.contrasts
    ]

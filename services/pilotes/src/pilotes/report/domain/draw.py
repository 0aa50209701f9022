"""What was drawn, in a report."""

from pilotes.record.domain.protocol import Protocol
from pilotes.report.domain.document import Block, Paragraph


def drawn_section(protocol: Protocol) -> list[Block]:
    """What is drawn, if it is not people."""
    if not protocol.design.by_place:
        return []
    return [
        Paragraph(
            f"Ce sont {len(protocol.design.places)} lieux qui sont tirés au sort : toutes les"
            " personnes d'un même lieu reçoivent la même chose."
        )
    ]

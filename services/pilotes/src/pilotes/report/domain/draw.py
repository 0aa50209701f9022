"""What was drawn, in a report."""

from pilotes.french.domain import format_day
from pilotes.record.domain.protocol import Protocol
from pilotes.report.domain.document import Block, Paragraph


def drawn_section(protocol: Protocol) -> list[Block]:
    """What is drawn, if it is not people."""
    if not protocol.design.by_place:
        return []
    places = len(protocol.design.places)
    if protocol.design.scheduled:
        dates = ", ".join(format_day(each) for each in protocol.design.switches)
        return [
            Paragraph(
                f"{places} lieux participent. Tous commencent dans le groupe de comparaison, puis"
                f" passent à l'autre groupe ; c'est la date de ce passage qui est tirée au sort"
                f" ({dates}). Une personne est comptée une fois, si elle a été suivie entièrement"
                " entre deux dates."
            )
        ]
    return [
        Paragraph(
            f"Ce sont {places} lieux qui sont tirés au sort : toutes les personnes d'un même lieu"
            " reçoivent la même chose."
        )
    ]

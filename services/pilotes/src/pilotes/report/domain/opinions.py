"""How to take part in a pilot, and what people say of it: the end of its report."""

from pilotes.contributions.domain import Counts
from pilotes.record.domain.pilot import Pilot
from pilotes.report.domain.document import Block, Heading, Link, Paragraph


def voices(pilot: Pilot, counts: Counts, page: str) -> list[Block]:
    """`page`: where everybody reads opinions, and gives their own."""
    blocks: list[Block] = []
    # Of a trial that is over or paused, nobody is let in.
    if pilot.state == "running" and pilot.description.taking_part:
        blocks += [Heading("Participer"), Paragraph(pilot.description.taking_part)]
    told = "Lire les avis" if pilot.stage == "closed" else "Lire les avis, donner le sien"
    return [
        *blocks,
        Heading("Ce que les gens en disent"),
        Paragraph(counts.sentence),
        Link(f"{told} : {page}", page),
    ]

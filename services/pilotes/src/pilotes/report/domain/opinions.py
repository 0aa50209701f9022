"""The end of a report: how to take part, and opinions on the pilot."""

from pilotes.contributions.domain import Counts
from pilotes.record.domain.pilot import Pilot
from pilotes.report.domain.document import Block, Heading, Link, Paragraph


def opinions_section(pilot: Pilot, counts: Counts, page: str) -> list[Block]:
    """How to take part, and the number of opinions. `page`: the address of the page where opinions
    are read and written."""
    blocks: list[Block] = []
    # A pilot that is over or paused does not enrol people.
    if pilot.state == "running" and pilot.description.taking_part:
        blocks += [Heading("Participer"), Paragraph(pilot.description.taking_part)]
    link_text = "Lire les avis" if pilot.stage == "closed" else "Lire les avis, donner le sien"
    return [
        *blocks,
        Heading("Ce que les gens en disent"),
        Paragraph(counts.sentence),
        Link(f"{link_text} : {page}", page),
    ]

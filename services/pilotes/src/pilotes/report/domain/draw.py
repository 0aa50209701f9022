"""What was drawn, in a report."""

from pilotes.french.domain import format_day
from pilotes.record.domain.draws.designs import FEWEST_PLACES
from pilotes.record.domain.protocol import Protocol
from pilotes.report.domain.document import Block, Paragraph


def drawn_section(protocol: Protocol) -> list[Block]:
    """What is drawn, if it is not each person separately."""
    if protocol.design.in_blocks:
        return [Paragraph(_blocks(protocol))]
    if not protocol.design.by_place:
        return []
    places = len(protocol.design.places)
    if protocol.design.kind == "switchback":
        return [
            Paragraph(
                f"{_subject(places)} d'un groupe à l'autre par blocs de"
                f" {protocol.design.block_days} jours. Sur deux blocs qui se suivent, un est dans"
                " chaque groupe ; c'est leur ordre qui est tiré au sort. Une personne est comptée"
                " une fois, si elle a été suivie entièrement dans un bloc."
            )
        ]
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


def _blocks(protocol: Protocol) -> str:
    drawn = (
        "Les personnes sont tirées au sort par blocs, pour que les groupes aient la taille prévue"
    )
    if not protocol.design.strata:
        return f"{drawn}."
    answers = ", ".join(f"« {each.label} »" for each in protocol.design.strata)
    return (
        f"{drawn} et se ressemblent : à part pour chaque réponse à « {protocol.design.question} »"
        f" ({answers}). Les réponses sont effacées dès le tirage : aucun résultat n'est donné par"
        " réponse."
    )


def units_needed(protocol: Protocol) -> str:
    """The fewest places, or pairs of blocks, that are shown."""
    if protocol.design.kind == "switchback":
        return f"{FEWEST_PLACES} paires de blocs"
    return f"{FEWEST_PLACES} lieux par groupe"


def _subject(places: int) -> str:
    return "Tout le service passe" if places == 1 else f"{places} lieux passent"

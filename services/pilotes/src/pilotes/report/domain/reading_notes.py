"""The notes of a report: how its figures are read, and the words that need an explanation."""

from collections.abc import Iterable
from typing import Final

from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.report.domain.document import Block, Heading, Paragraph, Points
from pilotes.results.domain.estimates import Figures
from pilotes.surveys.domain.questionnaire import NPS, SUS

REVIEWING_BODY: Final = (
    "Le Cr'Num est le comité indépendant qui donne son avis sur chaque essai avant qu'il commence."
)
_SCORES: Final = {
    SUS: "SUS : un questionnaire de dix phrases sur la facilité d'usage, qui donne une note de 0 à"
    " 100.",
    NPS: "NPS : un score de recommandation, de −100 (tout le monde déconseille) à +100 (tout le"
    " monde recommande).",
}
_AT_ANY_TIME: Final = (
    "« De … à … », à 95 % : la vraie valeur est dans cette fourchette 95 fois sur 100, même si l'on"
    " regarde les résultats chaque jour (suites de confiance asymptotiques, arXiv 2103.06476). La"
    " fourchette est donc plus large que pour un regard unique."
)
_AT_LOOKS: Final = (
    "« De … à … », à 95 % : la vraie valeur est dans cette fourchette 95 fois sur 100, tous les"
    " regards prévus comptés ensemble (bornes de type O'Brien-Fleming, Lan et DeMets, 1983). Celles"
    " des garde-fous et des niveaux valent même si l'on regarde chaque jour."
)
_ONE_LOOK: Final = (
    "« De … à … », à 95 % : la vraie valeur est dans cette fourchette 95 fois sur 100. Ce sont les"
    " moyennes des lieux qui sont comparées (test de Student), une seule fois, à la fin de l'essai."
    " Les nombres sont arrondis, pour qu'on n'en tire pas ce qu'ont fait les personnes d'un lieu."
)
_SWITCHES: Final = (
    "« De … à … », à 95 % : la vraie valeur est dans cette fourchette 95 fois sur 100. L'écart"
    " compare, dans chaque période, les lieux déjà passés à l'autre groupe et ceux qui attendent"
    " encore : ce qui change pour tous avec le temps n'est pas pris pour un effet. Il est comparé à"
    " ce qu'auraient donné d'autres tirages au sort des dates, une seule fois, à la fin de l'essai."
    " Les nombres sont arrondis, pour qu'on n'en tire pas ce qu'ont fait les personnes d'un lieu."
)
_BLOCKS: Final = (
    "« De … à … », à 95 % : la vraie valeur est dans cette fourchette 95 fois sur 100. L'écart"
    " compare, dans un même lieu, deux blocs de jours qui se suivent. Il est comparé à ce"
    " qu'auraient donné d'autres ordres tirés au sort, une seule fois, à la fin de l'essai. Les"
    " nombres sont arrondis, pour qu'on n'en tire pas ce qu'ont fait les personnes d'un lieu."
)


def mentions_reviewing_body(rows: Iterable[tuple[str, ...]]) -> bool:
    """Whether a cell contains the name of the reviewing body."""
    return any(
        "Cr'Num" in cell.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        for row in rows
        for cell in row
    )


def score_note(indicator: Indicator) -> list[Block]:
    """The explanation of the score that the indicator reads; nothing for other indicators."""
    source, _, name = indicator.source.rpartition(":")
    note = _SCORES.get(name) if source.startswith("survey:") else None
    return [] if note is None else [Paragraph(note)]


def reading_notes(figures: Figures, protocol: Protocol, *, at_looks: bool) -> list[Block]:
    """The section that explains the figures. Notes on what the report does not contain are left
    out. `at_looks`: results are read at planned looks."""
    roles = [each.role for each in protocol.indicators]
    notes = [
        _meaning_of_intervals(protocol, at_looks=at_looks),
        "« Non concluant » veut dire que l'essai ne permet pas de trancher : ni qu'il y a un effet,"
        " ni qu'il n'y en a pas.",
        "« Personnes », dans un tableau de résultats : celles dont la mesure est connue. Par"
        " exemple, tout le monde ne répond pas à un questionnaire. Une personne que l'on n'a pas pu"
        " suivre jusqu'au bout, à cause d'une pause ou de la fin de l'essai, n'est pas comptée.",
    ]
    if "guardrail" in roles:
        notes.append(
            "Un garde-fou est une limite : si elle est franchie pendant l'essai, il est mis en"
            " pause, et tout le monde est servi comme le groupe de comparaison."
        )
    if roles.count("secondary") * (len(protocol.arms) - 1) > 1:
        notes.append(
            "Pour les indicateurs secondaires, le seuil est rendu plus sévère parce que plusieurs"
            " questions sont posées (correction de Holm) : en suivre plusieurs n'augmente pas le"
            " risque de conclure à tort."
        )
    notes.append(
        f"Aucun résultat ne décrit moins de {figures.k} personnes : les participants sont ajoutés"
        " par lots, et les plus récents attendent le lot suivant."
    )
    if any(at.curve for figure in figures.figures for at in figure.arms):
        notes.append(
            "« Combien reviennent encore » (méthode de Kaplan-Meier) : ces parts sont sûres une"
            " fois l'essai fini. Avant, elles donnent une tendance."
        )
    return [Heading("Comment lire ces chiffres"), Points(tuple(notes))]


def _meaning_of_intervals(protocol: Protocol, *, at_looks: bool) -> str:
    if protocol.design.scheduled:
        return _BLOCKS if protocol.design.kind == "switchback" else _SWITCHES
    if protocol.design.by_place:
        return _ONE_LOOK
    return _AT_LOOKS if at_looks else _AT_ANY_TIME

"""A pilot's report, from its record: what was asked, who took part, what came out, whatever it is.

Nothing is written by hand here: each sentence follows from the record, so that a result of nothing
is told as plainly as another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pilotes.contributions.domain import Counts
from pilotes.disclosure.domain.table import protect
from pilotes.disclosure.domain.thresholds import at_least
from pilotes.french.domain import about, brief, count, day, measured, number
from pilotes.record.domain.evidence import LABELS as EVIDENCE
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.stages import LABELS as STAGES
from pilotes.report.domain.document import Block, Document, Heading, Paragraph, Points, Table
from pilotes.report.domain.footprint import footprint
from pilotes.report.domain.in_brief import in_brief
from pilotes.report.domain.indicator_sections import labels_of, results
from pilotes.report.domain.opinions import voices
from pilotes.results.domain.cost import Cost
from pilotes.results.domain.estimates import Figures
from pilotes.safety.domain.incident_reports import Severity

SEVERITIES: Final[Mapping[Severity, str]] = {
    "severe": "grave",
    "moderate": "modéré",
    "minor": "mineur",
}
_GENERALISING: Final = ("evaluation_report", "generalisation_plan", "adoption_follow_up")


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it is told to everybody: what, when and why."""

    kind: str
    at: datetime
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """A version of the protocol that came later, and why."""

    version: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Material:
    """All that a report is made from. `smallest`: the smallest effect of the primary indicator
    that was promised to be found, in its unit (deviations for what is no share). `opinions`: what
    anybody said; `opinions_page`: where that is read and said."""

    pilot: Pilot
    protocol: Protocol
    amendments: Sequence[Amendment]
    decisions: Sequence[Decided]
    evidence: Sequence[Evidence]
    figures: Figures
    as_of: datetime | None
    planned_per_arm: int
    smallest: str
    incidents: Mapping[Severity, int]
    cost: Cost | None
    opinions: Counts
    opinions_page: str


def compose(material: Material) -> Document:
    """The report."""
    blocks: list[Block] = [
        *in_brief(material.figures, material.protocol, paused=_paused(material)),
        *_summary(material),
        *_protocol(material),
        *_people(material),
        *results(material.figures, material.protocol, material.smallest),
        *_incidents(material),
        *_cost(material),
        *_generalising(material),
        *_story(material),
        *_method(material),
        *voices(material.pilot, material.opinions, material.opinions_page),
    ]
    return Document(f"Rapport du pilote : {material.pilot.title}", blocks)


def _paused(material: Material) -> tuple[datetime, str] | None:
    """Since when, and why; None where people are still tried on, or where the trial is over."""
    if material.pilot.state != "paused":
        return None
    pauses = [each for each in material.decisions if each.kind == "pause"]
    return (pauses[-1].at, pauses[-1].reason) if pauses else None


def _summary(material: Material) -> list[Block]:
    told = material.pilot.description
    paused = ", en pause" if material.pilot.state == "paused" else ""
    rows = (
        ("Porteur", told.owner),
        ("Étape", f"{STAGES[material.pilot.stage]}{paused}"),
        ("Avec qui", told.audience or "—"),
        ("Essai ouvert le", day(material.pilot.trial_at)),
        ("Fin prévue", day(material.protocol.ends_at)),
        ("Résultats arrêtés au", day(material.as_of)),
    )
    blocks: list[Block] = [
        Heading("Ce qui a été essayé"),
        Paragraph(told.summary),
        Table("Le pilote", ("Repère", "Valeur"), rows),
    ]
    if told.problem:
        blocks.append(Paragraph(f"Problème : {told.problem}"))
    if told.hypothesis:
        blocks.append(Paragraph(f"Hypothèse : {told.hypothesis}"))
    return blocks


def _protocol(material: Material) -> list[Block]:
    protocol = material.protocol
    arms = tuple(
        (
            arm.label,
            "témoin" if arm.name == protocol.control else "essayé",
            measured(brief(arm.weight / 100), "%"),
        )
        for arm in protocol.arms
    )
    blocks: list[Block] = [
        Heading("Comment"),
        Table("Les bras, tirés au sort", ("Bras", "Rôle", "Part prévue"), arms),
        Paragraph(f"Qui pouvait participer : {protocol.eligibility}"),
        Paragraph(
            f"Prévu : {count(material.planned_per_arm)} personnes par bras."
            f" Règle d'arrêt : {protocol.stopping_rule}"
        ),
        Paragraph(material.smallest),
    ]
    if material.amendments:
        told = tuple(
            f"version {each.version}, le {day(each.at)} : {each.reason}"
            for each in material.amendments
        )
        blocks += [Paragraph("Avenants au protocole :"), Points(told)]
    return blocks


def _people(material: Material) -> list[Block]:
    figures = material.figures
    labels = labels_of(material.protocol)
    total = sum(figures.people.values())
    if not total:
        return [
            Heading("Qui a participé"),
            Paragraph(
                f"Moins de {figures.k} personnes par bras sont allées au bout de l'observation :"
                " rien n'est montré, pour que personne ne soit reconnu."
            ),
        ]
    rows = tuple((labels.get(arm, arm), count(many)) for arm, many in figures.people.items())
    drawn = (
        "Le tirage au sort a donné les proportions prévues."
        if figures.sound
        else "Le tirage au sort n'a pas donné les proportions prévues : les bras ne sont pas"
        " comparables, et rien n'en est conclu."
    )
    return [
        Heading("Qui a participé"),
        Table("Participants observés jusqu'au bout et montrés", ("Bras", "Personnes"), rows),
        Paragraph(drawn),
    ]


def _incidents(material: Material) -> list[Block]:
    """How many people reported, so that nobody who did is found in it."""
    k = material.figures.k
    told = protect([material.incidents.get(each, 0) for each in SEVERITIES], k)
    rows = tuple(
        (label, f"moins de {k}, ou non montré" if many is None else f"au moins {at_least(many, k)}")
        for label, many in zip(SEVERITIES.values(), told.counts, strict=True)
    )
    return [
        Heading("Incidents signalés"),
        Table("Par gravité", ("Gravité", "Signalements"), rows),
    ]


def _cost(material: Material) -> list[Block]:
    blocks: list[Block] = [Heading("Coût et énergie")]
    cost = material.cost
    if cost is None:
        blocks.append(Paragraph("Le coût n'a pas été déclaré par le porteur."))
    else:
        rows = [
            ("Dépenses", measured(count(round(cost.euros)), "€")),
            ("Travail", measured(brief(cost.working_days), "jours")),
        ]
        if cost.watts_per_core is not None:
            declared = measured(brief(cost.watts_per_core), "W")
            rows.append(("Puissance d'un cœur de processeur", declared))
        blocks.append(Table("Déclaré par le porteur", ("Poste", "Valeur"), tuple(rows)))
        if cost.note:
            blocks.append(Paragraph(cost.note))
    return [*blocks, *footprint(material.figures, material.protocol, cost)]


def _generalising(material: Material) -> list[Block]:
    found = {each.kind: each for each in material.evidence if each.kind in _GENERALISING}
    blocks: list[Block] = [Heading("Ce que demanderait la généralisation")]
    if not found:
        blocks.append(Paragraph("Le porteur n'a pas encore déposé de plan de généralisation."))
    for kind, piece in found.items():
        reference, note = (str(piece.content.get(name, "")) for name in ("reference", "note"))
        told = f"{EVIDENCE[kind].capitalize()} : {reference}"
        blocks.append(Paragraph(f"{told}. {note}" if note else f"{told}."))
    many = sum(each.requests for each in material.figures.footprint)
    people = sum(material.figures.people.values())
    if many and people:
        blocks.append(
            Paragraph(
                f"Pendant l'essai, un participant a fait en moyenne {number(many / people)}"
                f" requêtes utiles : pour {count(100_000)} personnes, il en faudrait environ"
                f" {about(many / people * 100_000)}."
            )
        )
    return blocks


def _story(material: Material) -> list[Block]:
    if not material.decisions:
        return []
    told = tuple((day(each.at), each.label, each.reason or "—") for each in material.decisions)
    return [
        Heading("Les décisions"),
        Table("Signées et enchaînées", ("Date", "Décision", "Motif"), told),
    ]


def _method(material: Material) -> list[Block]:
    k = material.figures.k
    return [
        Heading("Comment lire ces chiffres"),
        Points(
            (
                "Les intervalles à 95 % restent justes même regardés chaque jour (suites de"
                " confiance asymptotiques, arXiv 2103.06476) ; ils sont plus larges que ceux"
                " d'un regard unique.",
                "« Non concluant » veut dire que l'essai ne permet pas de trancher : ni qu'il y a"
                " un effet, ni qu'il n'y en a pas.",
                "Les indicateurs secondaires sont corrigés par la méthode de Holm : en suivre"
                " plusieurs n'augmente pas le risque de conclure à tort.",
                f"Personne n'est montré à moins de {k} : les participants apparaissent par groupes,"
                " et les plus récents attendent le groupe suivant.",
                "Les courbes de retour (Kaplan-Meier) se lisent une fois, à la fin.",
            )
        ),
    ]

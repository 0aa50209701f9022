"""The report of a pilot, composed from its record: protocol, participants, results, costs,
decisions.

Each sentence follows from the record: an inconclusive result is reported like any other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pilotes.disclosure.domain.table import protect_counts
from pilotes.disclosure.domain.thresholds import rounded_down
from pilotes.french.domain import (
    format_count,
    format_day,
    format_magnitude,
    format_number,
    format_short,
    format_with_unit,
)
from pilotes.record.domain.evidence import LABELS as EVIDENCE
from pilotes.record.domain.stages import LABELS as STAGES
from pilotes.report.domain.curves import people_curve
from pilotes.report.domain.document import Block, Document, Heading, Paragraph, Points, Table
from pilotes.report.domain.draw import drawn_section
from pilotes.report.domain.ending import early_end, follow_up
from pilotes.report.domain.footprint import footprint_section
from pilotes.report.domain.indicator_sections import indicator_sections, labels_of
from pilotes.report.domain.looks import looks_blocks
from pilotes.report.domain.material import ReportMaterial
from pilotes.report.domain.open_data import open_data_section
from pilotes.report.domain.opinions import opinions_section
from pilotes.report.domain.reading_notes import (
    REVIEWING_BODY,
    mentions_reviewing_body,
    reading_notes,
)
from pilotes.report.domain.summary import summary_section
from pilotes.results.domain.allocation import allocation_sentence
from pilotes.safety.domain.incident_reports import Severity

SEVERITIES: Final[Mapping[Severity, str]] = {
    "severe": "grave",
    "moderate": "modéré",
    "minor": "mineur",
}
_CONTROL: Final = (
    "Le groupe de comparaison continue comme avant. L'écart entre un autre groupe et lui est"
    " l'effet de ce qui est essayé."
)
_OTHERS: Final = (
    "Les tableaux de ce rapport ne décrivent qu'eux. Les autres n'y sont pas : leur observation"
    " n'est pas finie, ou ils sont trop peu nombreux et l'on pourrait les reconnaître."
)
_GENERALISING: Final = ("evaluation_report", "generalisation_plan", "adoption_follow_up")


def compose_report(material: ReportMaterial) -> Document:
    """The report with all its sections."""
    blocks: list[Block] = [
        *summary_section(
            material.figures,
            material.protocol,
            under_way=material.pilot.stage == "trial",
            paused=_paused(material),
            waiting=_waiting(material),
            breaches=material.breaches,
            unverified_pause=material.unverified_pause,
            ending=_ending(material),
        ),
        *_summary(material),
        *_protocol(material),
        *_people(material),
        *indicator_sections(
            material.figures,
            material.protocol,
            material.histories,
            at_looks=bool(material.looks),
            waiting=_waiting(material),
        ),
        *_incidents(material),
        *_cost(material),
        *_generalising(material),
        *_story(material),
        *reading_notes(material.figures, material.protocol, at_looks=bool(material.looks)),
        *opinions_section(material.pilot, material.opinions, material.opinions_page),
        *_open_data(material),
    ]
    return Document(f"Rapport de l'essai : {material.pilot.title}", blocks)


def _waiting(material: ReportMaterial) -> bool:
    """Whether no planned look took place yet, in a trial that goes on."""
    some = any(each.at is not None for each in material.looks)
    return bool(material.looks) and not some and material.pilot.stage == "trial"


def _open_data(material: ReportMaterial) -> list[Block]:
    """Nothing during the trial: its data is opened once it is over."""
    if material.pilot.stage == "trial":
        return []
    return open_data_section(material.api_address)


def _ending(material: ReportMaterial) -> list[str]:
    early = early_end(material.pilot, material.planned_end)
    decided = follow_up(material.decisions)
    return [each for each in (early, decided) if each is not None]


def _paused(material: ReportMaterial) -> tuple[datetime, str] | None:
    """Since when the pilot is paused, and why; None if it is not, or no decision says so."""
    if material.pilot.state != "paused":
        return None
    pauses = [each for each in material.decisions if each.kind == "pause"]
    return (pauses[-1].at, pauses[-1].reason) if pauses else None


def _summary(material: ReportMaterial) -> list[Block]:
    description = material.pilot.description
    paused = ", en pause" if material.pilot.state == "paused" else ""
    where = ", ".join(material.protocol.territories)
    finished = material.pilot.finished_at
    rows = (
        ("Qui s'en occupe", description.owner),
        ("Étape", f"{STAGES[material.pilot.stage]}{paused}"),
        *((("Où", where),) if where else ()),
        ("Avec qui", description.audience or "—"),
        ("Essai ouvert le", format_day(material.pilot.trial_at)),
        ("Fin prévue", format_day(material.protocol.ends_at)),
        *((("Essai fini le", format_day(finished)),) if finished else ()),
        ("Résultats calculés le", format_day(material.as_of)),
    )
    blocks: list[Block] = [
        Heading("Ce qui est essayé"),
        Paragraph(description.summary),
        Table("L'essai", ("Repère", "Valeur"), rows),
    ]
    if description.problem:
        blocks.append(Paragraph(f"Problème : {description.problem}"))
    if description.hypothesis:
        blocks.append(Paragraph(f"Hypothèse : {description.hypothesis}"))
    return blocks


def _protocol(material: ReportMaterial) -> list[Block]:
    protocol = material.protocol
    arms = tuple(
        (
            arm.label,
            "comparaison" if arm.name == protocol.control else "essai",
            format_with_unit(format_short(arm.weight / 100), "%"),
        )
        for arm in protocol.arms
    )
    blocks: list[Block] = [
        Heading("Comment"),
        Table("Les groupes, tirés au sort", ("Groupe", "Rôle", "Part prévue"), arms),
        *drawn_section(protocol),
        Paragraph(_CONTROL),
        Paragraph(f"Public visé : {protocol.eligibility}"),
        Paragraph(
            f"Prévu : {format_count(material.planned_per_arm)} personnes par groupe."
            f" Règle d'arrêt : {protocol.stopping_rule}"
        ),
        Paragraph(material.smallest),
        *looks_blocks(material.looks, over=material.pilot.stage != "trial"),
    ]
    if material.amendments:
        amendments = tuple(
            f"version {each.version}, le {format_day(each.at)} : {each.reason}"
            for each in material.amendments
        )
        blocks += [Paragraph("Avenants au protocole :"), Points(amendments)]
    return blocks


def _people(material: ReportMaterial) -> list[Block]:
    figures = material.figures
    labels = labels_of(material.protocol)
    total = sum(figures.people.values())
    if not total:
        return [
            Heading("Qui a participé"),
            *_people_curve(material),
            Paragraph(
                f"Moins de {figures.k} personnes par groupe sont allées au bout de l'observation :"
                " rien n'est montré, pour que personne ne soit reconnu."
            ),
        ]
    rows = tuple((labels.get(arm, arm), format_count(many)) for arm, many in figures.people.items())
    return [
        Heading("Qui a participé"),
        *_people_curve(material),
        Table("Participants dont l'observation est finie", ("Groupe", "Personnes"), rows),
        Paragraph(_OTHERS),
        Paragraph(
            allocation_sentence(material.protocol.design, as_planned=figures.ratio_as_planned)
        ),
    ]


def _people_curve(material: ReportMaterial) -> list[Block]:
    """The people in the trial against the plan; nothing if nobody was counted."""
    pilot = material.pilot
    if pilot.trial_at is None:
        return []
    curve = people_curve(
        material.reached,
        planned=material.planned_per_arm * len(material.figures.people),
        first=pilot.trial_at.date(),
        last=material.today if pilot.finished_at is None else pilot.finished_at.date(),
        k=material.figures.k,
    )
    return [] if curve is None else [curve]


def _incidents(material: ReportMaterial) -> list[Block]:
    """Incidents by severity, with small counts suppressed."""
    k = material.figures.k
    protected = protect_counts([material.incidents.get(each, 0) for each in SEVERITIES], k)
    rows = tuple(
        (
            label,
            f"moins de {k}, ou caché" if many is None else f"au moins {rounded_down(many, k)}",
        )
        for label, many in zip(SEVERITIES.values(), protected.counts, strict=True)
    )
    return [
        Heading("Incidents signalés"),
        Table("Par gravité", ("Gravité", "Signalements"), rows),
        Paragraph(
            f"Un nombre plus petit que {k} n'est jamais montré. Un autre est parfois caché aussi,"
            " quand il permettrait de le deviner."
        ),
    ]


def _cost(material: ReportMaterial) -> list[Block]:
    blocks: list[Block] = [Heading("Coût et énergie")]
    cost = material.cost
    if cost is None:
        blocks.append(Paragraph("Le coût n'a pas été déclaré par l'équipe de l'essai."))
    else:
        rows = [
            ("Dépenses", format_with_unit(format_count(round(cost.euros)), "€")),
            ("Travail", format_with_unit(format_short(cost.working_days), "jours")),
        ]
        if cost.watts_per_core is not None:
            declared = format_with_unit(format_short(cost.watts_per_core), "W")
            rows.append(("Puissance d'un cœur de processeur", declared))
        blocks.append(Table("Déclaré par l'équipe de l'essai", ("Poste", "Valeur"), tuple(rows)))
        if cost.note:
            blocks.append(Paragraph(cost.note))
    return [*blocks, *footprint_section(material.figures, material.protocol, cost)]


def _generalising(material: ReportMaterial) -> list[Block]:
    found = {each.kind: each for each in material.evidence if each.kind in _GENERALISING}
    blocks: list[Block] = [Heading("Ce que demanderait la généralisation")]
    if not found:
        blocks.append(Paragraph("L'équipe n'a pas encore déposé de plan de généralisation."))
    for kind, piece in found.items():
        reference, note = (str(piece.content.get(name, "")) for name in ("reference", "note"))
        text = f"{EVIDENCE[kind].capitalize()} : {reference}"
        blocks.append(Paragraph(f"{text}. {note}" if note else f"{text}."))
    many = sum(each.requests for each in material.figures.footprint)
    people = sum(material.figures.people.values())
    if many and people:
        blocks.append(
            Paragraph(
                f"Pendant l'essai, un participant a fait en moyenne {format_number(many / people)}"
                f" requêtes utiles : pour {format_count(100_000)} personnes, il en faudrait environ"
                f" {format_magnitude(many / people * 100_000)}."
            )
        )
    return blocks


def _story(material: ReportMaterial) -> list[Block]:
    if not material.decisions:
        return []
    rows = tuple(
        (format_day(each.at), each.label, each.reason or "—") for each in material.decisions
    )
    body = [Paragraph(REVIEWING_BODY)] if mentions_reviewing_body(rows) else []
    caption = "Chacune est signée, et liée à la précédente"
    return [
        Heading("Les décisions"),
        *body,
        Table(caption, ("Date", "Décision", "Motif"), rows),
    ]

"""The section on the footprint of a useful request on each arm: measurements, and estimated
energy."""

from typing import Final

from pilotes.french.domain import format_count, format_number, format_with_unit
from pilotes.record.domain.protocol import Protocol
from pilotes.report.domain.document import Block, Paragraph, Table
from pilotes.report.domain.indicator_sections import labels_of
from pilotes.results.domain.cost import Cost
from pilotes.results.domain.estimates import Figures

_OF_THE_PROCESSOR: Final = (
    "Ce temps est celui de nos programmes : la passerelle, et le service jusqu'au début de sa"
    " réponse. Celui de la base de données, du réseau et des messages entre services n'y est pas."
    " L'énergie est ce temps, multiplié par la puissance déclarée."
)
_USEFUL: Final = (
    "Une requête utile est une demande d'un participant à laquelle le service a répondu, et que"
    " l'essai compte."
)


def footprint_section(figures: Figures, protocol: Protocol, cost: Cost | None) -> list[Block]:
    """The measured bytes, time and processor time of each arm, and the energy, which is estimated
    if the power was declared. `cost`: None if it was not declared."""
    footprints, labels = figures.footprint, labels_of(protocol)
    blocks: list[Block] = []
    if footprints:
        rows = tuple(
            (
                labels.get(each.arm, each.arm),
                format_count(each.requests),
                format_with_unit(format_number(each.bytes / 1000, 2), "ko"),
                format_with_unit(format_number(1000 * each.seconds), "ms"),
            )
            for each in footprints
        )
        head = ("Groupe", "Requêtes utiles", "Données envoyées par requête", "Durée par requête")
        blocks += [Table("Mesuré à l'entrée de la plateforme", head, rows), Paragraph(_USEFUL)]
    cpu_times = [
        (labels.get(each.arm, each.arm), each.cpu_seconds)
        for each in footprints
        if each.cpu_seconds is not None
    ]
    if cpu_times:
        columns = (
            "Groupe",
            "Processeur par requête utile (mesuré)",
            "Énergie de mille requêtes (estimée)",
        )
        energy = tuple(
            (arm, format_with_unit(format_number(1000 * s, 2), "ms"), _energy(cost, s))
            for arm, s in cpu_times
        )
        blocks += [Table("Énergie", columns, energy), Paragraph(_OF_THE_PROCESSOR)]
    return blocks


def _energy(cost: Cost | None, cpu_seconds: float) -> str:
    """The energy of a thousand requests, in French. `cpu_seconds`: of one."""
    found = None if cost is None else cost.watt_hours(1000 * cpu_seconds)
    return (
        "puissance non déclarée"
        if found is None
        else format_with_unit(format_number(found, 3), "Wh")
    )

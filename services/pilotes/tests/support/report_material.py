"""The material of a report: a trial of 250 people an arm."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from pilotes.contributions.domain import Counts
from pilotes.disclosure.domain.tranches import DisclosedFigures, TrancheGroup
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.pilot import Description, Pilot, PilotId, Processing
from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.report.domain.document import (
    Curve,
    Document,
    Heading,
    Link,
    Paragraph,
    Points,
    Table,
)
from pilotes.report.domain.material import Amendment, ReportedDecision, ReportMaterial
from pilotes.report.domain.outcomes import public_outcomes
from pilotes.results.domain.cost import Cost
from pilotes.results.domain.estimates import estimate_figures
from pilotes.results.domain.history import disclosed_histories
from pilotes.statistics.domain.sums import Sums
from pilotes.usage.domain.measures import FOOTPRINT, measure_name, stay_edges, stay_measure_name
from pilotes.usage.domain.people_reached import PeopleReached

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DID = Indicator("did", "A suivi un départ", "proportion", "use:a", "up", "primary", 0.5, 0.7)
BACK = Indicator("back", "Revient", "retention", "return:a", "up", "secondary", window_days=28)
LATE = Indicator("late", "Attente", "mean", "use:b", "down", "guardrail", bound=1.0)
NEVER = Indicator("sus", "Facilité", "score", "survey:fin:sus", "up", "secondary")
ARMS = ("temoin", "alerte")
DAYS = stay_edges(BACK, planned_per_arm=250, k=5)
REACHED = [PeopleReached(AT.date(), 200), PeopleReached(AT.date() + timedelta(21), 480)]
PAGE = "https://lab.example/participer/pilotes/alertes/avis"
API = "https://lab.example/pilotes/v1/pilots/alertes"


def protocol(*indicators: Indicator) -> Protocol:
    return Protocol(
        version=2,
        arms=(Arm("temoin", "Comme avant", 5000), Arm("alerte", "=CMD|calc", 5000)),
        control="temoin",
        routes=("/x",),
        eligibility="Toute personne majeure.",
        planned_per_arm=250,
        indicators=indicators,
        stopping_rule="Un incident grave.",
        starts_at=AT,
        ends_at=AT.replace(month=9),
    )


def group(
    *sums: Sums, cells: tuple[tuple[int, ...], ...] = ((0, 0), (0, 0))
) -> tuple[TrancheGroup]:
    return (TrancheGroup(frozenset({1}), sums, tuple(int(each.n) for each in sums), cells),)


def material(
    *,
    did: tuple[int, int],
    ratio_as_planned: bool = True,
    cost: Cost | None = None,
    without: str = "",
) -> ReportMaterial:
    """The outcomes of a trial of 250 people an arm. `did`: on control and arm; `without`: a measure
    that is not disclosed."""
    content = protocol(DID, BACK, LATE, NEVER)
    waits = [Sums.of(np.repeat([1.0, 2.0 + more], 125)) for more in (0.0, 3.0)]
    groups = {
        measure_name(DID): group(*(Sums.of_counts(250, each) for each in did)),
        measure_name(BACK): group(Sums.of_counts(250, 150), Sums.of_counts(250, 150)),
        stay_measure_name(BACK, DAYS, DisclosedFigures()): group(
            *(Sums.of_counts(250, 0),) * 2, cells=((20, 30, 25, 25, 150), (25, 25, 25, 25, 150))
        ),
        measure_name(LATE): group(*waits),
        **{name: group(*(Sums.of([4.0] * 250),) * 2) for name in (*FOOTPRINT, "~measured")},
        "~cpu": group(*(Sums.of([each] * 250) for each in (0.012, 0.0048))),
    }
    groups.pop(without, None)
    disclosed = DisclosedFigures(1, {1: (250, 250)}, groups, {})
    figures = estimate_figures(
        content, disclosed, arms=ARMS, design=content, ratio_as_planned=ratio_as_planned, k=5
    )
    histories = disclosed_histories(
        content, disclosed, arms=ARMS, design=content, ratio_as_planned=ratio_as_planned, k=5
    )
    pilot = Pilot(
        PilotId("alertes"), 3, "evaluation", False, "mobilite", "Être <b>prévenu</b>",
        Description(summary="On prévient.", owner="Région", problem="Attendre.",
                    hypothesis="Prévenir aide.", audience="Voyageurs", taking_part="Écrivez."),
        Processing(), 2, True, AT, AT, "c-1", trial_at=AT,
    )  # fmt: skip
    plan = Evidence(1, "generalisation_plan", 2, {"reference": "GED/7", "note": "Deux agents."},
                    "", AT, "x", "project_holder")  # fmt: skip
    return ReportMaterial(
        pilot, content, content.ends_at, [Amendment(2, "Un arrêt de plus.", AT)],
        [ReportedDecision("pause", AT, "mise en pause", "Panne.")], [plan], figures,
        histories, REACHED, AT.date(), AT,
        250, (), "Il faut une hausse de 16 points pour la voir.",
        {"severe": 1, "minor": 23}, cost, Counts(7, 4, 1), PAGE, API,
    )  # fmt: skip


def _cells(table: Table) -> Iterator[str]:
    yield from (table.caption, *table.head, *(cell for row in table.rows for cell in row))


def words(document: Document) -> str:
    """All texts of a document, one a line."""
    content: list[str] = [document.title]
    for block in document.blocks:
        match block:
            case Heading(text) | Paragraph(text):
                content.append(text)
            case Points(items):
                content.extend(items)
            case Link(text, address):
                content += [text, address]
            case Table():
                content += _cells(block)
            case Curve(summary, _, notes, table):
                content += [summary, *notes, *_cells(table)]
    return "\n".join(content)


def everybody_reads(content: ReportMaterial) -> list[str]:
    return public_outcomes(
        content.pilot,
        content.figures,
        content.protocol,
        planned_end=content.planned_end,
        as_of=content.as_of,
        breaches=content.breaches,
        unverified_pause=content.unverified_pause,
    )

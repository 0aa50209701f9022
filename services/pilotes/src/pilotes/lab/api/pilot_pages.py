"""`/lab` and `/lab/pilotes/{pilot}`: all pilots at once, and the story of one."""

from typing import Annotated

from fastapi import Query, Request, Response

from pilotes.disclosure.domain.thresholds import threshold
from pilotes.http.api.addresses import LAB
from pilotes.lab.api.access import for_coordinator
from pilotes.lab.api.action_forms import LabPages
from pilotes.lab.api.history_charts import history_views
from pilotes.lab.flows.overview import get_overview
from pilotes.lab.flows.story import Story, get_story
from pilotes.lab.flows.summarise import PilotSummary
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.stages import BEFORE_TRIAL, LABELS
from pilotes.report.domain.curves import people_curve
from pilotes.report.domain.document import Block, Curve
from pilotes.report.domain.footprint import footprint_section
from pilotes.report.domain.indicator_sections import labels_of
from pilotes.report.domain.outcomes import primary_outcomes
from pilotes.report.domain.reading import Moment, moment_of
from pilotes.results.domain.allocation import allocation_sentence
from pilotes.results.flows.get_results import PilotResults
from socle.auth import Caller
from socle.http import Router
from socle.pages import Pages

_SUPPLIED_BY = {
    "problem": "fiche",
    "audience": "fiche",
    "processing": "fiche",
    "project_holder": "membres",
    "crnum_member": "membres",
    "protocol": "protocole",
    "dates": "protocole",
    "codesign_report": "piece/codesign_report",
    "impact_assessment": "piece/impact_assessment",
    "evaluation_report": "piece/evaluation_report",
    "generalisation_plan": "piece/generalisation_plan",
    "adoption_follow_up": "piece/adoption_follow_up",
    "smallest_effects": "effets",
    "frozen_indicators": "gel",
    "surveys": "questionnaires",
    "information_notice": "notice",
}
"""By requirement of a gate, the form that supplies it. The opinion of the Cr'Num is given by one of
its members."""
Done = Annotated[str, Query(max_length=20)]


def lab_pages(given: LabPages) -> Router:
    """The router of both pages."""
    router = Router(include_in_schema=False)

    @router.get(LAB, name="lab")
    async def overview(request: Request) -> Response:
        async def build(caller: Caller) -> Response:
            found = await get_overview(caller, lab=given.lab)
            return given.pages.answer(
                "lab/page.html",
                overview=found,
                works=_works,
                moment=_moment,
                supplied_by=_SUPPLIED_BY,
            )

        return await for_coordinator(request, build)

    @router.get(LAB + "/pilotes/{pilot_id}", name="lab-pilot")
    async def pilot(request: Request, pilot_id: PilotPath, fait: Done = "") -> Response:
        async def build(caller: Caller) -> Response:
            story = await get_story(pilot_id, caller, lab=given.lab)
            return _pilot_page(given.pages, story, done=fait)

        return await for_coordinator(request, build)

    return router


def _pilot_page(pages: Pages, story: Story, *, done: str) -> Response:
    summary = story.summary
    results, protocol = summary.results, summary.protocol
    views, energy = [], list[Block]()
    if results is not None and protocol is not None:
        views = [*history_views(story.histories, results)]
        energy = footprint_section(results.figures, protocol, story.cost)
    return pages.answer(
        "lab/pilote.html",
        story=story,
        summary=summary,
        pilot=summary.pilot,
        done=done if f"done_{done}" in pages.texts("lab") else "",
        conclusions=_works(results),
        views=views,
        energy=[(type(each).__name__, each) for each in energy],
        labels=labels_of(protocol) if protocol else {},
        draw=None
        if results is None or protocol is None
        else allocation_sentence(protocol.design, as_planned=results.figures.ratio_as_planned),
        people=_people_curve(summary),
        before_trial=summary.pilot.stage in BEFORE_TRIAL,
        frozen=summary.protocol_frozen,
        stage_labels=LABELS,
        supplied_by=_SUPPLIED_BY,
    )


def _people_curve(summary: PilotSummary) -> Curve | None:
    """The people in the trial against the plan; None before anybody can be counted."""
    found, pilot = summary.recruitment, summary.pilot
    if found is None or pilot.trial_at is None:
        return None
    return people_curve(
        found.reached,
        planned=found.planned,
        first=pilot.trial_at.date(),
        last=found.today if pilot.finished_at is None else pilot.finished_at.date(),
        k=threshold(pilot.field),
    )


def _works(results: PilotResults | None) -> list[str]:
    """What is concluded on the primary indicator now, in French; empty without a result."""
    if results is None:
        return []
    return primary_outcomes(results.figures, results.in_force.protocol)


def _moment(results: PilotResults) -> Moment:
    """When the primary indicator is read."""
    return moment_of(results.in_force.protocol, "primary", at_looks=bool(results.looks))

"""Wiring of incident reports, questionnaires and contributions."""

from functools import partial

from pilotes.contributions.adapters import PostgresContributions
from pilotes.contributions.api.contributions import contributions_router
from pilotes.contributions.api.pages import contribution_pages
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.flows.desk import Desk
from pilotes.report.flows.find_outcomes import find_outcomes
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.safety.adapters import PostgresReports
from pilotes.safety.api.incident_reports import reports_router
from pilotes.safety.api.report_page import report_pages
from pilotes.surveys.adapters import PostgresSurveys
from pilotes.surveys.api.answer_page import survey_pages
from pilotes.surveys.api.answers import survey_answers_router
from pilotes.surveys.api.questionnaires import surveys_router
from socle.http import Router
from socle.pages import Pages
from socle.postgres import Pool


def trial_routers(pool: Pool, desk: Desk, people: PeopleDesk) -> tuple[Router, ...]:
    """The API routes of incident reports, questionnaires and contributions."""
    surveys = PostgresSurveys(pool)
    return (
        reports_router(desk, PostgresReports(pool), people.trials),
        surveys_router(desk, surveys),
        survey_answers_router(people.trials, surveys, people.clock),
        contributions_router(desk, PostgresContributions(pool)),
    )


def trial_pages(
    pool: Pool, desk: Desk, people: PeopleDesk, pages: Pages, *, read: ReadStatement
) -> tuple[Router, ...]:
    """The pages of incident reports, questionnaires and contributions. `read`: verifies a
    decision."""
    return (
        survey_pages(people.trials, PostgresSurveys(pool), people.clock, pages),
        report_pages(desk, people, PostgresReports(pool), pages),
        contribution_pages(
            desk,
            PostgresContributions(pool),
            pages,
            outcomes=partial(find_outcomes, desk=desk, store=PostgresFigures(pool), read=read),
        ),
    )

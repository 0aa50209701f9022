"""What people say of the trials, put together: reports, questionnaires, opinions of anybody."""

from fastapi import APIRouter

from pilotes.api.contributions import contributions_router
from pilotes.api.pages.contributions import contribution_pages
from pilotes.api.pages.report import report_pages
from pilotes.api.pages.survey import survey_pages
from pilotes.api.reports import reports_router
from pilotes.api.survey_answers import survey_answers_router
from pilotes.api.surveys import surveys_router
from pilotes.flows.desk import Desk
from pilotes.flows.people_desk import PeopleDesk


def trial_routers(desk: Desk, people: PeopleDesk) -> tuple[APIRouter, ...]:
    """Every address at which a trial hears people."""
    return (
        reports_router(desk, people.reports, people.trials),
        surveys_router(desk, people.surveys),
        survey_answers_router(people.trials, people.surveys, people.clock),
        contributions_router(desk, people.contributions),
    )


def trial_pages(desk: Desk, people: PeopleDesk) -> tuple[APIRouter, ...]:
    """The pages on which they do."""
    return (
        survey_pages(people.trials, people.surveys, people.clock),
        report_pages(desk, people),
        contribution_pages(desk, people.contributions),
    )

"""What people say of the trials, put together: reports and questionnaires."""

from fastapi import APIRouter

from pilotes.adapters.report_store import PostgresReports
from pilotes.adapters.survey_store import PostgresSurveys
from pilotes.api.reports import reports_router
from pilotes.api.surveys import surveys_router
from pilotes.flows.desk import Desk
from socle.postgres import Pool


def trial_routers(pool: Pool, desk: Desk) -> tuple[APIRouter, ...]:
    """Every address at which a trial hears people."""
    return (
        reports_router(desk, PostgresReports(pool)),
        surveys_router(desk, PostgresSurveys(pool)),
    )

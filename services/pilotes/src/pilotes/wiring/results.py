"""Wiring of results and reports, and the loop that refreshes figures."""

import logging
from functools import partial
from typing import Final

from pilotes.contributions.adapters import PostgresContributions
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.report.adapters.report_pdf import report_pdf
from pilotes.report.api.public_pilots import public_pilots_page
from pilotes.report.api.report import report_router
from pilotes.report.flows.write_report import write_report
from pilotes.results.adapters.figure_metrics import FigureMetrics
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.results.adapters.parquet_file import parquet_file
from pilotes.results.api.costs import costs_router
from pilotes.results.api.figures import figures_router
from pilotes.results.api.history import history_router
from pilotes.results.api.recruitment import recruitment_router
from pilotes.results.flows.refresh_figures import refresh_figures
from pilotes.usage.adapters.recruitment_log import PostgresRecruitment
from socle.errors import Retry
from socle.http import Router
from socle.pages import Pages
from socle.postgres import Pool

log = logging.getLogger("pilotes.figures")

ROUND_SECONDS: Final = 60.0
"""Seconds between two rounds of refreshed figures, and of those that monitoring reads."""


def figure_routers(
    pool: Pool, desk: Desk, pages: Pages, *, read: ReadStatement, public: str
) -> tuple[Router, ...]:
    """The routes of results, reports and costs. `public`: the platform's address in browsers."""
    store, recruitment = PostgresFigures(pool), PostgresRecruitment(pool)
    report = partial(
        write_report,
        desk=desk,
        store=store,
        recruitment=recruitment,
        contributions=PostgresContributions(pool),
        read=read,
        public=public,
    )
    return (
        figures_router(desk, store, write_parquet=parquet_file, public=public),
        report_router(write=report, make_pdf=report_pdf, pages=pages),
        history_router(desk, store),
        recruitment_router(desk, recruitment),
        costs_router(desk, store),
    )


async def refresh_for_ever(pool: Pool, desk: Desk) -> None:
    """Refresh figures that are due, every `ROUND_SECONDS`, until cancelled."""
    store, gauges = PostgresFigures(pool), FigureMetrics()
    alarmed: frozenset[PilotId] = frozenset()
    while True:
        try:
            broken = await refresh_figures(desk=desk, store=store, gauges=gauges)
            for pilot_id in sorted(broken - alarmed):
                log.error("pilot %s: sample ratio mismatch", pilot_id)
            alarmed = broken
        except Retry as retry:
            log.warning("figures cannot be refreshed now: %s", retry.message)
        await desk.clock.sleep(ROUND_SECONDS)


def public_pages(
    pool: Pool, desk: Desk, pages: Pages, *, read: ReadStatement
) -> tuple[Router, ...]:
    """The list of public pilots, with what came out of each. `read`: verifies a decision."""
    return (public_pilots_page(desk, PostgresFigures(pool), pages, read=read),)

"""The figures put together: where what was shown is kept, and the ways out."""

import logging
from functools import partial
from typing import Final

from fastapi import APIRouter

from pilotes.contributions.adapters import PostgresContributions
from pilotes.record.domain.decisions import ReadSigned
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.report.adapters import report_pdf
from pilotes.report.api.report import report_router
from pilotes.report.flows import tell_report
from pilotes.results.adapters.figure_metrics import FigureMetrics
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.results.adapters.parquet_file import parquet_file
from pilotes.results.api.costs import costs_router
from pilotes.results.api.figures import figures_router
from pilotes.results.flows.refresh_figures import keep_figures
from socle.errors import Retry
from socle.postgres import Pool

log = logging.getLogger("pilotes.figures")

ROUND_SECONDS: Final = 300.0


def figure_routers(
    pool: Pool, desk: Desk, *, read: ReadSigned, public: str
) -> tuple[APIRouter, ...]:
    """Every address that tells figures. `public`: the platform's address as browsers name it."""
    store = PostgresFigures(pool)
    report = partial(
        tell_report,
        desk=desk,
        store=store,
        contributions=PostgresContributions(pool),
        read=read,
        public=public,
    )
    return (
        figures_router(desk, store, write_parquet=parquet_file),
        report_router(tell=report, draw_pdf=report_pdf),
        costs_router(desk, store),
    )


async def look_for_ever(pool: Pool, desk: Desk) -> None:
    """Look at the figures that are due, round after round."""
    store, alarms = PostgresFigures(pool), FigureMetrics()
    heard: frozenset[PilotId] = frozenset()
    while True:
        try:
            broken = await keep_figures(desk=desk, store=store, alarms=alarms)
            for pilot_id in sorted(broken - heard):
                log.error("pilot %s: its people are not drawn as planned", pilot_id)
            heard = broken
        except Retry as retry:
            log.warning("figures are looked at later: %s", retry.message)
        await desk.clock.sleep(ROUND_SECONDS)

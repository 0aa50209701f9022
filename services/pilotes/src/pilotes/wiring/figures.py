"""The figures put together: where what was shown is kept, and the ways out."""

import logging
from functools import partial
from typing import Final

from fastapi import APIRouter

from pilotes.adapters.contribution_store import PostgresContributions
from pilotes.adapters.figure_metrics import FigureMetrics
from pilotes.adapters.figure_store import PostgresFigures
from pilotes.adapters.parquet_file import parquet_file
from pilotes.adapters.report_pdf import report_pdf
from pilotes.api.figures import figures_router
from pilotes.domain.decisions import ReadSigned
from pilotes.domain.pilot import PilotId
from pilotes.flows.desk import Desk
from pilotes.flows.keep_figures import keep_figures
from pilotes.flows.tell_report import tell_report
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
        figures_router(desk, store, tell=report, draw_pdf=report_pdf, write_parquet=parquet_file),
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

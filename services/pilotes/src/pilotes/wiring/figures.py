"""The figures put together: where what was shown is kept, and the ways out."""

from fastapi import APIRouter

from pilotes.adapters.figure_store import PostgresFigures
from pilotes.adapters.parquet_file import parquet_file
from pilotes.adapters.report_pdf import report_pdf
from pilotes.api.figures import figures_router
from pilotes.domain.decisions import ReadSigned
from pilotes.flows.desk import Desk
from socle.postgres import Pool


def figure_routers(pool: Pool, desk: Desk, *, read: ReadSigned) -> tuple[APIRouter, ...]:
    """Every address that tells figures."""
    store = PostgresFigures(pool)
    return (
        figures_router(desk, store, read=read, draw_pdf=report_pdf, write_parquet=parquet_file),
    )

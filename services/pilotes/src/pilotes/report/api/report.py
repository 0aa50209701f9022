"""The report of a pilot, as a page and as a PDF."""

from collections.abc import Awaitable, Callable

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse

from pilotes.http.api.addresses import API
from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.file_responses import Pdf
from pilotes.identity.api.caller import ACCOUNT_IN_SOME_CASES, caller
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.pilot import PilotId
from pilotes.report.domain.document import Document, Paragraph, Points
from socle.auth import Caller
from socle.http import Router
from socle.pages import Pages

MakePdf = Callable[[Document], Awaitable[bytes]]
"""The PDF of a report."""
WriteReport = Callable[[PilotId, Caller], Awaitable[Document]]
"""The report of a pilot for a caller. Raises Refusal if they do not see its results."""


def report_router(*, write: WriteReport, make_pdf: MakePdf, pages: Pages) -> Router:
    """The routes of reports. `pilotes.http.api.error_pages` renders their errors: pages for people,
    problems for programs."""
    router = Router(tags=["results"], dependencies=[Depends(forbid_caching)])

    @router.get(
        "/pilots/{pilot_id}/report",
        operation_id="get_report",
        response_class=HTMLResponse,
        summary="Le rapport d'un pilote",
        openapi_extra=ACCOUNT_IN_SOME_CASES,
    )
    async def report(request: Request, pilot_id: PilotPath) -> Response:
        """Une page, faite du dossier à l'instant où on la demande. Ouvert à tous dès que l'essai
        est fini ; avant, à son équipe."""
        document = await write(pilot_id, caller(request))
        return report_page(pages, document, address=f"{API}/pilots/{pilot_id}/report")

    @router.get(
        "/pilots/{pilot_id}/report.pdf",
        operation_id="get_report_pdf",
        response_class=Pdf,
        summary="Le rapport en PDF",
        openapi_extra=ACCOUNT_IN_SOME_CASES,
    )
    async def pdf(request: Request, pilot_id: PilotPath) -> Response:
        """Le même, balisé (PDF/UA-1). Ouvert à tous dès que l'essai est fini ; avant, à l'équipe
        du pilote."""
        document = await write(pilot_id, caller(request))
        return Pdf(await make_pdf(document), f"{pilot_id}.pdf")

    return router


def report_page(pages: Pages, document: Document, *, address: str) -> Response:
    """The page of a report. `address`: its own."""
    return pages.answer(
        "rapport/page.html",
        document=document,
        blocks=[(type(each).__name__, each) for each in document.blocks],
        description=_in_brief(document),
        address=address,
        pdf=f"{address}.pdf",
    )


def _in_brief(document: Document) -> str:
    """All that came out, or what is tried: the first texts of the report."""
    for block in document.blocks:
        match block:
            case Points((_, *_) as points):
                return " ".join(points)
            case Paragraph(first):
                return first
    return document.title

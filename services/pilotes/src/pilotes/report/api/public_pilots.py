"""`/pilotes`: the public pilots, what is tried, where, with whom, and what came out, without an
account."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import PILOTS
from pilotes.identity.api.caller import caller
from pilotes.record.api.parameters import Cursor, read_cursor
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.roles import can_see_results
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import list_pilots
from pilotes.record.flows.list_territories import list_territories
from pilotes.report.flows.find_outcomes import find_outcomes
from pilotes.results.ports import FigureStore
from socle.cursors import encode_text_cursor
from socle.http import Router
from socle.pages import Pages

_FORMER: Final = "/participer/pilotes"
"""The address of the list until it was opened to everybody: printed and sent links lead there."""
_A_PAGE: Final = 20  # pilots


@dataclass(frozen=True, slots=True)
class ListedPilot:
    """One pilot of the list."""

    pilot: Pilot
    territories: Sequence[str]
    has_report: bool
    """Whether the reader can read its report."""
    outcomes: Sequence[str] | None
    """What came out of it; None while it is under way."""


def public_pilots_page(
    desk: Desk, store: FigureStore, pages: Pages, *, read: ReadStatement
) -> Router:
    """The router of the list. `read`: verifies a decision."""
    router = Router(include_in_schema=False)

    @router.get(PILOTS)
    async def pilots(request: Request, cursor: Cursor = "") -> Response:
        reader = caller(request)
        found, more = await list_pilots(
            reader, stage=None, field=None, after=read_cursor(cursor), limit=_A_PAGE, desk=desk
        )
        # Members of a team also see unpublished pilots: a page can have fewer than `_A_PAGE`.
        published = [
            ListedPilot(
                pilot,
                await list_territories(pilot, desk=desk),
                can_see_results(pilot.stage, actor.roles),
                await find_outcomes(pilot, reader, desk=desk, store=store, read=read),
            )
            for pilot, actor in found
            if pilot.published
        ]
        after = encode_text_cursor(found[-1][0].id) if more else None
        address = f"{PILOTS}?cursor={quote(cursor)}" if cursor else PILOTS
        return pages.answer("essais/page.html", pilots=published, next=after, address=address)

    @router.get(_FORMER)
    async def moved(request: Request) -> Response:
        query = request.url.query
        return RedirectResponse(f"{PILOTS}?{query}" if query else PILOTS, 308)

    return router

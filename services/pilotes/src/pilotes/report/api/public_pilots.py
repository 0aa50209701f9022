"""`/pilotes`: the public pilots, what is tried with whom, and what came out, without an account."""

from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pilotes.http.api.addresses import PILOTS
from pilotes.identity.api.caller import caller
from pilotes.record.api.parameters import Cursor
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.roles import can_see_results
from pilotes.record.flows.desk import Desk
from pilotes.record.flows.list_pilots import list_pilots
from pilotes.report.domain.outcomes import primary_outcomes
from pilotes.results.flows.get_results import get_results
from pilotes.results.ports import FigureStore
from socle.auth import Caller
from socle.http import Router
from socle.pages import Pages

_FORMER: Final = "/participer/pilotes"
"""The address of the list until it was opened to everybody: printed and sent links lead there."""
_A_PAGE: Final = 20  # pilots


def public_pilots_page(desk: Desk, store: FigureStore, pages: Pages) -> Router:
    """The router of the list."""
    router = Router(include_in_schema=False)

    @router.get(PILOTS)
    async def pilots(request: Request, cursor: Cursor = "") -> Response:
        reader = caller(request)
        found, more = await list_pilots(
            reader, stage=None, field=None, after=cursor, limit=_A_PAGE, desk=desk
        )
        # Members of a team also see unpublished pilots: a page can have fewer than `_A_PAGE`.
        published = [
            (
                pilot,
                can_see_results(pilot.stage, actor.roles),
                await _outcomes(pilot, reader, desk, store),
            )
            for pilot, actor in found
            if pilot.published
        ]
        after = found[-1][0].id if more else None
        return pages.answer("essais/page.html", pilots=published, next=after)

    @router.get(_FORMER)
    async def moved(request: Request) -> Response:
        query = request.url.query
        return RedirectResponse(f"{PILOTS}?{query}" if query else PILOTS, 308)

    return router


async def _outcomes(
    pilot: Pilot, reader: Caller, desk: Desk, store: FigureStore
) -> list[str] | None:
    """What came out of a trial that is over, in French; None while it is under way: the page is
    the same for everybody."""
    if pilot.state != "closed":
        return None
    results = await get_results(pilot.id, reader, desk=desk, store=store)
    return primary_outcomes(results.figures, results.in_force.protocol)

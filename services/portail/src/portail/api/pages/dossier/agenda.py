"""`GET /pro/agenda`: the day of the reader, each visit with the notebook of its patient."""

from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from portail.api.pages.dossier.access import PAGE_HEADERS, with_access
from portail.flows.records.show_agenda import show_agenda
from portail.ports.records import RecordAccess, RecordServices
from socle.http import Router
from socle.pages import Pages

Day = Annotated[str, Query(max_length=10)]


def agenda_router(services: RecordServices, pages: Pages, zone: ZoneInfo) -> Router:
    """The router of the page. `zone`: of its times."""
    router = Router(include_in_schema=False)

    @router.get("/pro/agenda", name="agenda")
    async def agenda(request: Request, jour: Day = "") -> Response:
        async def build(access: RecordAccess) -> Response:
            today = services.clock.now().astimezone(zone).date()
            on = _day(jour) or today
            return pages.answer(
                "dossier/agenda.html",
                headers=PAGE_HEADERS,
                appointments=await show_agenda(services.api, access, on),
                known=access.user is not None,
                on=on,
                today=today,
                before=on - timedelta(days=1),
                after=on + timedelta(days=1),
                zone=zone,
            )

        return await with_access(request, services, "professional", build)

    return router


def _day(written: str) -> date | None:
    """The day of a date between 1900 and 2200; None for another text."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 else None

"""`/mon-dossier/acces`: who has consulted the record of its reader."""

from fastapi import Request, Response

from portail.api.pages.dossier.access import PAGE_HEADERS, with_access
from portail.api.pages.dossier.own_record import represented_id
from portail.api.parameters import Cursor
from portail.flows.records.show_accesses import show_accesses
from portail.ports.records import RecordAccess, RecordServices
from socle.http import Router
from socle.pages import Pages


def accesses_router(services: RecordServices, pages: Pages) -> Router:
    """The router of the page."""
    router = Router(include_in_schema=False)

    @router.get("/mon-dossier/acces", name="accesses")
    async def accesses(request: Request, suite: Cursor = None) -> Response:
        async def build(access: RecordAccess) -> Response:
            found = await show_accesses(services, access, represented_id(access), suite or "")
            return pages.answer(
                "dossier/acces.html",
                headers=PAGE_HEADERS,
                accesses=found,
                related=access.relation,
            )

        return await with_access(request, services, "patient", build)

    return router

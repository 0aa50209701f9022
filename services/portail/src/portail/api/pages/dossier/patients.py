"""`GET /pro`: the patients whose records are open to the reader."""

from typing import Annotated

from fastapi import Query, Request, Response

from portail.api.pages.dossier.access import PAGE_HEADERS, landing_page, with_access
from portail.api.parameters import Cursor
from portail.flows.records.list_patients import list_patients
from portail.ports.records import RecordAccess, RecordServices
from socle.http import Router
from socle.pages import Pages

Short = Annotated[str, Query(max_length=100)]


def patients_router(services: RecordServices, pages: Pages) -> Router:
    """The router of the page."""
    router = Router(include_in_schema=False)

    @router.get("/pro", name="patients")
    async def patients(
        request: Request,
        nom: Short = "",
        naissance: Short = "",
        suite: Cursor = None,
    ) -> Response:
        if landing := landing_page(request, services, pages, "professional"):
            return landing

        async def build(access: RecordAccess) -> Response:
            now = services.clock.now()
            found = await list_patients(
                services.api,
                access,
                name=nom.strip(),
                born=naissance.strip(),
                page=suite or "",
                now=now,
            )
            return pages.answer(
                "dossier/patients.html",
                headers=PAGE_HEADERS,
                found=found,
                name=nom,
                born=naissance,
                first=not suite,
                today=now.date(),
            )

        return await with_access(request, services, "professional", build)

    return router

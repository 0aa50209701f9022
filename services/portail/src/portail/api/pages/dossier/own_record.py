"""`/mon-dossier`: the record of its reader, and their notebook."""

from collections.abc import Mapping

from fastapi import Request, Response

from portail.api.pages.dossier.access import landing_page, with_access, with_form
from portail.api.pages.dossier.record import (
    note_response,
    notebook_page,
    record_page,
)
from portail.api.parameters import Cursor
from portail.ports.records import RecordAccess, RecordServices
from socle.errors import Refusal
from socle.http import Router
from socle.pages import Pages


def own_record_router(services: RecordServices, pages: Pages) -> Router:
    """The router of the pages."""
    router = Router(include_in_schema=False)

    @router.get("/mon-dossier", name="own-record")
    async def record(request: Request, fait: str = "") -> Response:
        if landing := landing_page(request, services, pages, "patient"):
            return landing

        async def build(access: RecordAccess) -> Response:
            done = fait if fait in ("masque", "montre") else ""
            return await record_page(
                services, pages, access, own_id(access), is_own=True, done=done
            )

        return await with_access(request, services, "patient", build)

    @router.get("/mon-dossier/carnet", name="own-notebook")
    async def notebook(request: Request, suite: Cursor = None) -> Response:
        async def build(access: RecordAccess) -> Response:
            return await notebook_page(services, pages, access, own_id(access), suite, is_own=True)

        return await with_access(request, services, "patient", build)

    @router.post("/mon-dossier/carnet", name="write-own-note")
    async def write(request: Request) -> Response:
        async def build(access: RecordAccess, fields: Mapping[str, str]) -> Response:
            patient = own_id(access)
            return await note_response(services, pages, access, patient, fields, is_own=True)

        return await with_form(request, services, pages, "patient", build)

    return router


def own_id(access: RecordAccess) -> str:
    """The id of the patient in context. Raises Refusal without one."""
    if access.patient is None:
        raise Refusal("not_found", "Votre compte n'est relié à aucun dossier.")
    return access.patient

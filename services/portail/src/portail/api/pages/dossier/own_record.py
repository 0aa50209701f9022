"""`/mon-dossier`: the record of its reader, and their notebook."""

from collections.abc import Awaitable, Mapping

from fastapi import Request, Response

from portail.api.pages.dossier.access import landing_page, with_access, with_form
from portail.api.pages.dossier.record import (
    note_response,
    notebook_page,
    record_page,
)
from portail.api.parameters import Cursor
from portail.api.texts import texts_of
from portail.ports.records import RecordAccess, RecordServices
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import Pages, error_answer


def own_record_router(services: RecordServices, pages: Pages) -> Router:
    """The router of the pages."""
    router = Router(include_in_schema=False)

    @router.get("/mon-dossier", name="own-record")
    async def record(request: Request, fait: str = "") -> Response:
        if landing := landing_page(request, services, pages, "patient"):
            return landing

        async def build(access: RecordAccess) -> Response:
            done = fait if fait in ("masque", "montre") else ""
            page = record_page(services, pages, access, patient_id(access), is_own=True, done=done)
            return await _while_open(pages, access, page)

        return await with_access(request, services, "patient", build)

    @router.get("/mon-dossier/carnet", name="own-notebook")
    async def notebook(request: Request, suite: Cursor = None) -> Response:
        async def build(access: RecordAccess) -> Response:
            page = notebook_page(services, pages, access, patient_id(access), suite, is_own=True)
            return await _while_open(pages, access, page)

        return await with_access(request, services, "patient", build)

    @router.post("/mon-dossier/carnet", name="write-own-note")
    async def write(request: Request) -> Response:
        async def build(access: RecordAccess, fields: Mapping[str, str]) -> Response:
            patient = patient_id(access)
            return await note_response(services, pages, access, patient, fields, is_own=True)

        return await with_form(request, services, pages, "patient", build)

    return router


async def _while_open(pages: Pages, access: RecordAccess, page: Awaitable[Response]) -> Response:
    """The page; what a carer does next if their access to the record has ended."""
    try:
        return await page
    except Refusal as refusal:
        if access.relation == "own" or refusal.category != "not_found":
            raise
        texts = texts_of("dossier")
        return error_answer(
            pages,
            of_refusal(Refusal("not_found", texts["cared_ended"])),
            title=texts["closed_title"],
            sentence=texts["cared_ended"],
            advice=texts["cared_ended_advice"],
            links=[("/mon-dossier/connexion", texts["cared_ended_link"])],
        )


def patient_id(access: RecordAccess) -> str:
    """The id of the patient in context. Raises Refusal without one."""
    if access.patient is None:
        message = "Votre compte n'est relié à aucun dossier."
        raise Refusal("not_found", message, rule="record_none")
    return access.patient


def represented_id(access: RecordAccess) -> str:
    """The id of the patient, whom the reader is or represents. Raises Refusal for a carer: these
    pages would display as empty what is not open to them."""
    if access.relation == "carer":
        raise Refusal("forbidden", "Cette page est pour le patient et son représentant légal.")
    return patient_id(access)


def own_id(access: RecordAccess) -> str:
    """The id of the patient, whom the reader is. Raises Refusal for others."""
    if access.relation != "own":
        raise Refusal("forbidden", "Cette page est pour le patient.")
    return patient_id(access)

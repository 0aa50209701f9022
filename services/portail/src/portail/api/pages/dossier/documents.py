"""The documents of a record: their files, and which of them the patient hides."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response

from portail.api.pages.dossier.access import see_other, with_access, with_form
from portail.api.pages.dossier.own_record import own_id, patient_id
from portail.api.pages.dossier.record import PatientId
from portail.domain.records.content import attachment_of, binary_id
from portail.domain.records.elements import text
from portail.flows.records.hide_document import find_document, hide_document, stop_hiding
from portail.ports.records import RecordAccess, RecordServices
from socle.errors import Refusal
from socle.http import Router
from socle.pages import NOT_CACHED, Pages

_INLINE: Final = frozenset({"application/pdf", "image/jpeg", "image/png", "text/plain"})
_OWN: Final = "/mon-dossier/documents/{document_id}"


def documents_router(services: RecordServices, pages: Pages) -> Router:
    """The router of the files and of the patient's forms."""
    router = Router(include_in_schema=False)

    @router.get("/pro/patients/{patient_id}/documents/{document_id}", name="document")
    async def document(request: Request, patient_id: PatientId, document_id: PatientId) -> Response:
        async def build(access: RecordAccess) -> Response:
            return await _file(services, access, patient_id, document_id)

        return await with_access(request, services, "professional", build)

    @router.get(_OWN, name="own-document")
    async def own_document(request: Request, document_id: PatientId) -> Response:
        async def build(access: RecordAccess) -> Response:
            return await _file(services, access, patient_id(access), document_id)

        return await with_access(request, services, "patient", build)

    @router.post(_OWN + "/masquer", name="hide-document")
    async def hide(request: Request, document_id: PatientId) -> Response:
        async def build(access: RecordAccess, _: Mapping[str, str]) -> Response:
            now = services.clock.now()
            await hide_document(services.api, access, own_id(access), document_id, now=now)
            return see_other("/mon-dossier?fait=masque#documents")

        return await with_form(request, services, pages, "patient", build)

    @router.post(_OWN + "/montrer", name="stop-hiding-document")
    async def show(request: Request, document_id: PatientId) -> Response:
        async def build(access: RecordAccess, _: Mapping[str, str]) -> Response:
            await stop_hiding(services.api, access, own_id(access), document_id)
            return see_other("/mon-dossier?fait=montre#documents")

        return await with_form(request, services, pages, "patient", build)

    return router


async def _file(
    services: RecordServices, access: RecordAccess, patient_id: str, document_id: str
) -> Response:
    """The file of a document, as a download that runs nothing."""
    found = await find_document(services.api, access, patient_id, document_id)
    attachment = attachment_of(found)
    binary, media = binary_id(attachment), text(attachment, "contentType")
    if binary is None:
        raise Refusal("not_found", "Ce document n'a pas de fichier que ce site puisse ouvrir.")
    body = await services.api.download(access, f"Binary/{binary}", media or "*/*")
    shape = "inline" if media in _INLINE else "attachment"
    name = quote(text(attachment, "title") or document_id, safe="")
    headers = {
        "cache-control": NOT_CACHED,
        "content-disposition": f"{shape}; filename*=UTF-8''{name}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    served = media if media in _INLINE else "application/octet-stream"
    return Response(body, headers=headers, media_type=served)

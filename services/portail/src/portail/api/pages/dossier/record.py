"""A record: `/pro/patients/{id}` for professionals, `/mon-dossier` for its patient."""

from asyncio import gather
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path, Request, Response

from portail.api.pages.dossier.access import (
    PAGE_HEADERS,
    refusal_reason,
    see_other,
    with_access,
    with_form,
)
from portail.api.parameters import Cursor
from portail.api.texts import texts_of
from portail.domain.records.applications import Application
from portail.domain.records.content import ESSENTIAL
from portail.domain.records.people import Patient
from portail.flows.records.hide_document import list_hidden_documents
from portail.flows.records.list_patients import find_patient
from portail.flows.records.panels import Panel, empty_panel, load_panel
from portail.flows.records.show_record import show_notebook, show_record
from portail.flows.records.write_note import LONGEST_NOTE, close_alert, write_note
from portail.ports.records import RecordAccess, RecordServices
from socle.errors import Refusal
from socle.http import Router, of_refusal
from socle.pages import Pages, error_answer

PatientId = Annotated[str, Path(pattern=r"^[A-Za-z0-9.-]{1,64}$")]


def record_router(services: RecordServices, pages: Pages) -> Router:
    """The router of the professionals' pages about one patient."""
    router = Router(include_in_schema=False)

    @router.get("/pro/patients/{patient_id}", name="record")
    async def record(request: Request, patient_id: PatientId) -> Response:
        async def build(access: RecordAccess) -> Response:
            return await record_page(services, pages, access, patient_id, is_own=False)

        return await with_access(request, services, "professional", build)

    @router.get("/pro/patients/{patient_id}/carnet", name="notebook")
    async def notebook(request: Request, patient_id: PatientId, suite: Cursor = None) -> Response:
        async def build(access: RecordAccess) -> Response:
            return await notebook_page(services, pages, access, patient_id, suite, is_own=False)

        return await with_access(request, services, "professional", build)

    @router.post("/pro/patients/{patient_id}/carnet", name="write-note")
    async def write(request: Request, patient_id: PatientId) -> Response:
        async def build(access: RecordAccess, fields: Mapping[str, str]) -> Response:
            return await note_response(services, pages, access, patient_id, fields, is_own=False)

        return await with_form(request, services, pages, "professional", build)

    _add_actions(router, services, pages)
    return router


def _add_actions(router: Router, services: RecordServices, pages: Pages) -> None:
    @router.post("/pro/patients/{patient_id}/alertes/{flag_id}", name="close-alert")
    async def close(request: Request, patient_id: PatientId, flag_id: PatientId) -> Response:
        async def build(access: RecordAccess, _: Mapping[str, str]) -> Response:
            now = services.clock.now()
            await close_alert(services.api, access, patient_id, flag_id, now=now)
            return see_other(f"/pro/patients/{patient_id}")

        return await with_form(request, services, pages, "professional", build)


def base_of(patient_id: str, *, is_own: bool) -> str:
    """The address of a record. `is_own`: for its patient."""
    return "/mon-dossier" if is_own else f"/pro/patients/{quote(patient_id)}"


def reader_of(access: RecordAccess, patient_id: str, *, is_own: bool) -> dict[str, Any]:
    """What templates need of the reader: the address of the record, and who they are in it."""
    base = base_of(patient_id, is_own=is_own)
    return {"base": base, "own": is_own, "related": access.relation}


async def of_patient(
    pages: Pages, patient_id: str, build: Callable[[], Awaitable[Response]]
) -> Response:
    """The page that `build` makes; one that leads to the emergency access if the record of the
    patient is closed, or does not exist: the page is the same."""
    try:
        return await build()
    except Refusal as refusal:
        if refusal.category not in ("not_found", "forbidden"):
            raise
        texts = texts_of("dossier")
        links = [
            (f"/pro/urgence?patient={quote(patient_id)}", texts["closed_emergency"]),
            ("/pro", texts["nav_patients"]),
        ]
        return error_answer(
            pages,
            of_refusal(Refusal("not_found", texts["closed"])),
            title=texts["closed_title"],
            sentence=texts["closed"],
            advice=texts["closed_advice"],
            links=links,
        )


async def record_page(
    services: RecordServices,
    pages: Pages,
    access: RecordAccess,
    patient_id: str,
    *,
    is_own: bool,
    done: str = "",
) -> Response:
    """The page of a record. `done`: what was done to one of its documents; empty for nothing."""
    now = services.clock.now()

    async def build() -> Response:
        found, hidden, applications = await gather(
            show_record(services.api, access, patient_id, now=now),
            _hidden(services, access, patient_id) if is_own else empty_panel(set[str]()),
            empty_panel(list[Application]()) if is_own else _proposed(services, access),
        )
        sections = found.sections.content or []
        by_code = {each.code: each for each in sections}
        return pages.answer(
            "dossier/fiche.html",
            headers=PAGE_HEADERS,
            forms=sorted({to for each in applications.content or () for to in each.form_actions}),
            record=found,
            hidden=hidden,
            applications=applications,
            done=done,
            patient=found.patient,
            essential=[by_code[code] for code in ESSENTIAL[1:] if code in by_code],
            others=[each for each in sections if each.code not in ESSENTIAL and each.lines],
            **reader_of(access, patient_id, is_own=is_own),
            today=now.date(),
            longest=LONGEST_NOTE,
            written="",
            wrong=None,
        )

    return await build() if is_own else await of_patient(pages, patient_id, build)


async def _hidden(
    services: RecordServices, access: RecordAccess, patient_id: str
) -> Panel[set[str]]:
    """The documents that the patient hides."""
    return await load_panel(
        list_hidden_documents(services.api, access, patient_id), lambda found: found
    )


async def _proposed(services: RecordServices, access: RecordAccess) -> Panel[list[Application]]:
    """The applications that can be launched on the patient."""
    listed = services.authorization.list_applications(access)
    return await load_panel(listed, lambda found: [each for each in found if each.proposed])


async def notebook_page(
    services: RecordServices,
    pages: Pages,
    access: RecordAccess,
    patient_id: str,
    page: str | None,
    *,
    is_own: bool,
    written: str = "",
    wrong: str | None = None,
) -> Response:
    """The notebook of a record. `written`: a message that was refused. `wrong`: why."""

    async def build() -> Response:
        patient: Patient = await find_patient(services.api, access, patient_id)
        # A message that was refused stays on the page, even if the notebook cannot be read.
        notebook = await load_panel(
            show_notebook(services.api, access, patient_id, page or ""), lambda found: found
        )
        notes, following = notebook.content or ([], None)
        return pages.answer(
            "dossier/carnet.html",
            headers=PAGE_HEADERS,
            status=400 if wrong else 200,
            patient=patient,
            notebook=notebook,
            notes=notes,
            next=following,
            **reader_of(access, patient_id, is_own=is_own),
            today=services.clock.now().date(),
            longest=LONGEST_NOTE,
            written=written,
            wrong=wrong,
        )

    return await build() if is_own else await of_patient(pages, patient_id, build)


async def note_response(
    services: RecordServices,
    pages: Pages,
    access: RecordAccess,
    patient_id: str,
    fields: Mapping[str, str],
    *,
    is_own: bool,
) -> Response:
    """The response to a message: the notebook with it, or the form again with what is wrong."""
    written = fields.get("message", "")
    try:
        await write_note(services.api, access, patient_id, written, now=services.clock.now())
    except Refusal as refusal:
        reason = refusal_reason(refusal)
        wrong = texts_of("dossier")["note_refused"].format(reason=reason)
        return await notebook_page(
            services, pages, access, patient_id, None, is_own=is_own, written=written, wrong=wrong
        )
    return see_other(base_of(patient_id, is_own=is_own) + "/carnet")

"""`/mon-dossier/proches`: to whom the patient opens their record as to a carer."""

from collections.abc import Mapping
from typing import Final

from fastapi import Request, Response

from portail.api.pages.dossier.access import (
    PAGE_HEADERS,
    refusal_reason,
    see_other,
    with_access,
    with_form,
)
from portail.api.pages.dossier.own_record import own_id
from portail.api.pages.dossier.record import PatientId
from portail.domain.records.carers import LONGEST_NAME, RELATIONS
from portail.flows.records.manage_carers import add_carer, end_carer, list_carers, make_code
from portail.flows.records.panels import load_panel
from portail.ports.records import RecordAccess, RecordServices
from socle.errors import Refusal
from socle.http import Router
from socle.pages import Pages

_ADDRESS: Final = "/mon-dossier/proches"
_DONE: Final = ("ajout", "fin")


def carers_router(services: RecordServices, pages: Pages) -> Router:
    """The router of the page and of its forms."""
    router = Router(include_in_schema=False)

    @router.get(_ADDRESS, name="carers")
    async def carers(request: Request, fait: str = "") -> Response:
        async def build(access: RecordAccess) -> Response:
            return await _page(services, pages, access, done=fait if fait in _DONE else "")

        return await with_access(request, services, "patient", build)

    @router.post(_ADDRESS, name="add-carer")
    async def add(request: Request) -> Response:
        async def build(access: RecordAccess, fields: Mapping[str, str]) -> Response:
            return await _add(services, pages, access, fields)

        return await with_form(request, services, pages, "patient", build)

    @router.post(_ADDRESS + "/{person_id}/code", name="make-carer-code")
    async def code(request: Request, person_id: PatientId) -> Response:
        async def build(access: RecordAccess, _: Mapping[str, str]) -> Response:
            made = await make_code(services.api, access, own_id(access), person_id)
            return pages.answer("dossier/proches_code.html", headers=PAGE_HEADERS, made=made)

        return await with_form(request, services, pages, "patient", build)

    @router.post(_ADDRESS + "/{person_id}/fin", name="end-carer")
    async def end(request: Request, person_id: PatientId) -> Response:
        async def build(access: RecordAccess, _: Mapping[str, str]) -> Response:
            await end_carer(services.api, access, own_id(access), person_id)
            return see_other(f"{_ADDRESS}?fait=fin")

        return await with_form(request, services, pages, "patient", build)

    return router


async def _add(
    services: RecordServices, pages: Pages, access: RecordAccess, fields: Mapping[str, str]
) -> Response:
    name, relation = fields.get("nom", ""), fields.get("lien", "")
    try:
        await add_carer(services.api, access, own_id(access), name=name, relation=relation)
    except Refusal as refusal:
        reason = refusal_reason(refusal)
        return await _page(services, pages, access, wrong=reason, name=name, relation=relation)
    return see_other(f"{_ADDRESS}?fait=ajout")


async def _page(
    services: RecordServices,
    pages: Pages,
    access: RecordAccess,
    *,
    done: str = "",
    wrong: str | None = None,
    name: str = "",
    relation: str = "",
) -> Response:
    """The page. `done`: what was done before; empty for nothing. `wrong`: why a form was refused;
    `name`, `relation`: what it had."""
    patient, now = own_id(access), services.clock.now()
    listed = list_carers(services.api, access, patient, now=now)
    return pages.answer(
        "dossier/proches.html",
        headers=PAGE_HEADERS,
        status=400 if wrong else 200,
        carers=await load_panel(listed, lambda found: found),
        relations=list(RELATIONS),
        longest=LONGEST_NAME,
        done=done,
        wrong=wrong,
        name=name,
        relation=relation,
    )

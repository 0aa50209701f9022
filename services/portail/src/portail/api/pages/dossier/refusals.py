"""`/mon-dossier/refus`: who sees the record of its reader, and what they refuse."""

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
from portail.api.pages.dossier.own_record import represented_id
from portail.api.pages.dossier.record import PatientId
from portail.domain.records.rights import CLASSES
from portail.flows.records.refuse_access import refuse_access, show_rights, withdraw_refusal
from portail.ports.records import RecordAccess, RecordServices
from socle.errors import Refusal
from socle.http import Router
from socle.pages import Pages

_ADDRESS: Final = "/mon-dossier/refus"


def refusals_router(services: RecordServices, pages: Pages) -> Router:
    """The router of the page and of its forms."""
    router = Router(include_in_schema=False)

    @router.get(_ADDRESS, name="refusals")
    async def refusals(request: Request, fait: str = "") -> Response:
        async def build(access: RecordAccess) -> Response:
            return await _page(services, pages, access, done=fait)

        return await with_access(request, services, "patient", build)

    @router.post(_ADDRESS, name="refuse")
    async def refuse(request: Request) -> Response:
        async def build(access: RecordAccess, fields: Mapping[str, str]) -> Response:
            return await _refuse(services, pages, access, fields)

        return await with_form(request, services, pages, "patient", build)

    @router.post(_ADDRESS + "/{consent_id}/retrait", name="withdraw-refusal")
    async def withdraw(request: Request, consent_id: PatientId) -> Response:
        async def build(access: RecordAccess, _: Mapping[str, str]) -> Response:
            await withdraw_refusal(services.api, access, represented_id(access), consent_id)
            return see_other(f"{_ADDRESS}?fait=retrait")

        return await with_form(request, services, pages, "patient", build)

    return router


async def _refuse(
    services: RecordServices, pages: Pages, access: RecordAccess, fields: Mapping[str, str]
) -> Response:
    """A refusal is confirmed on a page of its own before it is written."""
    actor, scope = fields.get("qui", ""), fields.get("quoi", "tout")
    if scope not in CLASSES:
        raise Refusal("invalid", "Choisissez ce que vous refusez.")
    if fields.get("confirme") != "oui":
        rights = await show_rights(services.api, access, represented_id(access))
        return pages.answer(
            "dossier/refus_confirmer.html",
            headers=PAGE_HEADERS,
            related=access.relation,
            actor=actor,
            actor_name=rights.actors.get(actor, ""),
            scope=scope,
        )
    try:
        now = services.clock.now()
        patient = represented_id(access)
        await refuse_access(services.api, access, patient, actor=actor, scope=scope, now=now)
    except Refusal as refusal:
        return await _page(services, pages, access, wrong=refusal_reason(refusal))
    return see_other(f"{_ADDRESS}?fait=refus")


async def _page(
    services: RecordServices,
    pages: Pages,
    access: RecordAccess,
    *,
    done: str = "",
    wrong: str | None = None,
) -> Response:
    rights = await show_rights(services.api, access, represented_id(access))
    return pages.answer(
        "dossier/refus.html",
        headers=PAGE_HEADERS,
        status=400 if wrong else 200,
        rights=rights,
        related=access.relation,
        scopes=list(CLASSES),
        done=done if done in ("refus", "retrait") else "",
        wrong=wrong,
    )

"""`/pro/urgence`: the record of a stranger, for an hour, with a reason."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Query, Request, Response

from portail.api.pages.dossier.access import PAGE_HEADERS, see_other, with_access, with_form
from portail.api.texts import texts_of
from portail.flows.records.open_in_emergency import (
    LONGEST_REASON,
    SHORTEST_REASON,
    find_by_traits,
    open_in_emergency,
)
from portail.ports.records import RecordAccess, RecordServices
from socle.errors import Refusal
from socle.http import Router
from socle.pages import Pages

_ADDRESS = "/pro/urgence"
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_FIELDS = ("patient", "ins", "nom", "naissance", "sexe", "raison")


def emergency_router(services: RecordServices, pages: Pages) -> Router:
    """The router of the form."""
    router = Router(include_in_schema=False)

    @router.get(_ADDRESS, name="emergency")
    async def form(
        request: Request, patient: Annotated[str, Query(max_length=64)] = ""
    ) -> Response:
        async def build(_: RecordAccess) -> Response:
            return _form(pages, {"patient": patient})

        return await with_access(request, services, "professional", build)

    @router.post(_ADDRESS, name="open-in-emergency")
    async def send(request: Request) -> Response:
        async def build(access: RecordAccess, fields: Mapping[str, str]) -> Response:
            return await _open(services, pages, access, fields)

        return await with_form(request, services, pages, "professional", build)

    return router


async def _open(
    services: RecordServices, pages: Pages, access: RecordAccess, fields: Mapping[str, str]
) -> Response:
    given = {name: fields.get(name, "").strip() for name in _FIELDS}
    try:
        patient_id = given["patient"]
        if patient_id and not _ID.fullmatch(patient_id):
            raise Refusal("not_found", "")
        if not (patient_id or given["ins"]) and given["nom"] and given["naissance"]:
            patient_id = await find_by_traits(
                services.api,
                access,
                name=given["nom"],
                born=given["naissance"],
                sex=given["sexe"],
            )
        opened = await open_in_emergency(
            services.api,
            access,
            reason=given["raison"],
            patient_id=patient_id,
            ins=given["ins"],
        )
    except Refusal as refusal:
        if refusal.category == "unauthenticated":
            raise
        return _form(pages, given, _sentence(refusal))
    return see_other(f"/pro/patients/{opened}")


def _sentence(refusal: Refusal) -> str:
    """Why the record is not open, for the reader."""
    texts = texts_of("dossier")
    own = {
        "not_found": "emergency_not_found",
        "unsupported": "emergency_unsupported",
        "forbidden": "emergency_forbidden",
        "unavailable": "unavailable",
    }.get(refusal.category)
    return texts[own] if own else refusal.message or texts["unavailable"]


def _form(pages: Pages, given: Mapping[str, str], wrong: str | None = None) -> Response:
    return pages.answer(
        "dossier/urgence.html",
        headers=PAGE_HEADERS,
        status=400 if wrong else 200,
        given={name: given.get(name, "") for name in _FIELDS},
        wrong=wrong,
        shortest=SHORTEST_REASON,
        longest=LONGEST_REASON,
    )

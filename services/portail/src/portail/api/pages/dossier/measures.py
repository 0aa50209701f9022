"""The measures of a patient as curves: `/pro/patients/{id}/mesures`, `/mon-dossier/mesures`."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import Query, Request, Response

from portail.api.pages.dossier.access import PAGE_HEADERS, with_access
from portail.api.pages.dossier.curves import draw_curves
from portail.api.pages.dossier.own_record import represented_id
from portail.api.pages.dossier.record import PatientId, of_patient, reader_of
from portail.domain.records.measures import MEASURES, PERIODS, measure_type
from portail.flows.records.list_patients import find_patient
from portail.flows.records.read_measures import read_measures
from portail.ports.records import RecordAccess, RecordServices
from socle.http import Router
from socle.pages import Pages

_MOST_ROWS: Final = 200
Name = Annotated[str, Query(max_length=20)]
Days = Annotated[str, Query(max_length=4)]


def measures_router(services: RecordServices, pages: Pages) -> Router:
    """The router of both pages."""
    router = Router(include_in_schema=False)

    @router.get("/pro/patients/{patient_id}/mesures", name="measures")
    async def measures(
        request: Request, patient_id: PatientId, mesure: Name = "", jours: Days = ""
    ) -> Response:
        async def build(access: RecordAccess) -> Response:
            return await _page(services, pages, access, patient_id, mesure, jours, is_own=False)

        return await with_access(request, services, "professional", build)

    @router.get("/mon-dossier/mesures", name="own-measures")
    async def own_measures(request: Request, mesure: Name = "", jours: Days = "") -> Response:
        async def build(access: RecordAccess) -> Response:
            patient = represented_id(access)
            return await _page(services, pages, access, patient, mesure, jours, is_own=True)

        return await with_access(request, services, "patient", build)

    return router


async def _page(
    services: RecordServices,
    pages: Pages,
    access: RecordAccess,
    patient_id: str,
    name: str,
    period: str,
    *,
    is_own: bool,
) -> Response:
    chosen = measure_type(name)
    days = next((each for each in PERIODS if str(each) == period), PERIODS[1])
    now = services.clock.now()

    async def build() -> Response:
        patient = await find_patient(services.api, access, patient_id)
        series = await read_measures(
            services.api, access, patient_id, chosen, since=now - timedelta(days=days), now=now
        )
        return pages.answer(
            "dossier/mesures.html",
            headers=PAGE_HEADERS,
            patient=patient,
            series=series,
            chart=draw_curves(series, since=now - timedelta(days=days), until=now),
            rows=series.rows[:_MOST_ROWS],
            chosen=chosen.name,
            measures=[each.name for each in MEASURES],
            days=days,
            periods=PERIODS,
            **reader_of(access, patient_id, is_own=is_own),
            today=now.date(),
        )

    return await build() if is_own else await of_patient(pages, patient_id, build)

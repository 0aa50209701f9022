"""The pages of health records, for professionals (`/pro`) and patients (`/mon-dossier`)."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from portail.api.pages.dossier.access import authorization_router
from portail.api.pages.dossier.accesses import accesses_router
from portail.api.pages.dossier.agenda import agenda_router
from portail.api.pages.dossier.carers import carers_router
from portail.api.pages.dossier.documents import documents_router
from portail.api.pages.dossier.emergency import emergency_router
from portail.api.pages.dossier.measures import measures_router
from portail.api.pages.dossier.own_record import own_record_router
from portail.api.pages.dossier.patients import patients_router
from portail.api.pages.dossier.record import record_router
from portail.api.pages.dossier.refusals import refusals_router
from portail.ports.records import RecordServices
from socle.http import Router
from socle.pages import Pages


def record_routers(services: RecordServices, pages: Pages, zone: ZoneInfo) -> Iterator[Router]:
    """The routers of all these pages. `zone`: of times that belong to no stop."""
    for role in ("professional", "patient"):
        yield authorization_router(services, role)
    yield patients_router(services, pages)
    yield agenda_router(services, pages, zone)
    yield emergency_router(services, pages)
    yield record_router(services, pages)
    yield own_record_router(services, pages)
    yield documents_router(services, pages)
    yield measures_router(services, pages)
    yield accesses_router(services, pages)
    yield refusals_router(services, pages)
    yield carers_router(services, pages)

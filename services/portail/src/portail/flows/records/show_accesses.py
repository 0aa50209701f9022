"""Who has consulted a patient's record: emergencies first, then everything."""

import asyncio
from dataclasses import dataclass
from typing import Final

from portail.domain.records.accesses import EMERGENCY_EVENT, Access, accesses_of
from portail.domain.records.elements import Json, next_query
from portail.flows.records.panels import Panel, empty_panel, load_panel
from portail.ports.records import RecordAccess, RecordServices

_COUNT: Final = 250
_EMERGENCIES: Final = 20


@dataclass(frozen=True, slots=True)
class Accesses:
    """A page of the list."""

    emergencies: Panel[list[Access]]
    """When a record was opened in an emergency; empty on other pages than the first."""
    rows: list[Access]
    next: str | None
    """The query of the following page."""


async def show_accesses(
    services: RecordServices, access: RecordAccess, patient: str, page: str
) -> Accesses:
    """The accesses to the record of a patient. `page`: `next` of the page before it. Raises
    Refusal if they cannot be read; names of applications are left out if they cannot."""
    api = services.api

    async def search(count: int, subtype: str | None = None) -> Json:
        return await api.read(
            access,
            "AuditEvent",
            patient=patient,
            subtype=subtype,
            _sort="-date",
            _count=count,
            _include="AuditEvent:agent",
        )

    nothing: Json = {}
    found, listed, opened = await asyncio.gather(
        api.follow(access, "AuditEvent", page) if page else search(_COUNT),
        load_panel(services.authorization.list_applications(access), lambda known: known),
        empty_panel(nothing)
        if page
        else load_panel(search(_EMERGENCIES, EMERGENCY_EVENT), lambda b: b),
    )
    names = {each.id: each.name for each in listed.content or ()}
    emergencies = accesses_of(opened.content or {}, patient, names)
    return Accesses(
        Panel(emergencies, opened.problem), accesses_of(found, patient, names), next_query(found)
    )

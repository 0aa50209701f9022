"""A record: who the patient is, and panels that are read in parallel."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from portail.domain.records.content import (
    Alert,
    Appointment,
    Document,
    Note,
    Section,
    alerts_of,
    appointments_of,
    documents_of,
    notes_of,
    sections_of,
)
from portail.domain.records.elements import Json, next_query
from portail.domain.records.people import Member, Patient, members_of, patient_of
from portail.flows.records.panels import Panel, load_panel
from portail.ports.records import RecordAccess, RecordsApi

_LATEST_NOTES: Final = 3
_NOTES: Final = 20
_APPOINTMENTS: Final = 5
_DOCUMENTS: Final = 20


@dataclass(frozen=True, slots=True)
class Record:
    """What the page of a record displays."""

    patient: Patient
    alerts: Panel[list[Alert]]
    sections: Panel[list[Section]]
    members: Panel[list[Member]]
    notes: Panel[list[Note]]
    """The latest."""
    upcoming: Panel[list[Appointment]]
    past: Panel[list[Appointment]]
    """Newest first."""
    documents: Panel[list[Document]]


async def show_record(
    api: RecordsApi, access: RecordAccess, patient_id: str, *, now: datetime
) -> Record:
    """The record of a patient. Raises Refusal("not_found") if it is not open to the reader."""

    def search(resource_type: str, **query: Any) -> Awaitable[Json]:
        return api.read(access, resource_type, patient=patient_id, **query)

    # FHIR R4 has no search parameter for the status of a Flag.
    flags = search("Flag", _sort="-date", _count=100, _include="Flag:author")
    circle = search("CareTeam", status="active", **_INCLUDED_MEMBERS)
    latest = search("Communication", _sort="-sent", _count=_LATEST_NOTES, **_INCLUDED_SENDER)
    files = search("DocumentReference", status="current", _sort="-date", _count=_DOCUMENTS)
    (person, alerts, sections), (members, notes, documents), (upcoming, past) = await gather(
        gather(
            api.read(access, f"Patient/{patient_id}"),
            load_panel(flags, alerts_of),
            load_panel(api.read(access, f"Patient/{patient_id}/$summary"), sections_of),
        ),
        gather(
            load_panel(circle, members_of),
            load_panel(latest, lambda found: notes_of(found, patient_id)),
            load_panel(files, documents_of),
        ),
        _appointments(search, now),
    )
    return Record(patient_of(person), alerts, sections, members, notes, upcoming, past, documents)


async def _appointments(
    search: Callable[..., Awaitable[Json]], now: datetime
) -> tuple[Panel[list[Appointment]], Panel[list[Appointment]]]:
    """The next appointments, and the last ones."""
    at = now.isoformat(timespec="seconds")
    following = search(
        "Appointment",
        date=f"ge{at}",
        status="proposed,pending,booked,arrived",
        _sort="date",
        _count=_APPOINTMENTS,
        _include="Appointment:actor",
    )
    past = search(
        "Appointment",
        date=f"lt{at}",
        _sort="-date",
        _count=_APPOINTMENTS,
        _include="Appointment:actor",
    )
    found = await gather(load_panel(following, appointments_of), load_panel(past, appointments_of))
    return found[0], found[1]


_INCLUDED_MEMBERS: Final[dict[str, Any]] = {
    "_include": "CareTeam:participant",
    "_include__iterate": ("PractitionerRole:practitioner", "PractitionerRole:organization"),
}
_INCLUDED_SENDER: Final[dict[str, Any]] = {
    "_include": "Communication:sender",
    "_include__iterate": "PractitionerRole:practitioner",
}


async def show_notebook(
    api: RecordsApi, access: RecordAccess, patient_id: str, page: str
) -> tuple[list[Note], str | None]:
    """A page of the notebook, newest first, and the query of the following one."""
    if page:
        found: Json = await api.follow(access, "Communication", page)
    else:
        found = await api.read(
            access,
            "Communication",
            patient=patient_id,
            _sort="-sent",
            _count=_NOTES,
            **_INCLUDED_SENDER,
        )
    return notes_of(found, patient_id), next_query(found)

"""The patients whose records are open to a professional."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portail.domain.records.content import appointments_of
from portail.domain.records.elements import Json, next_query
from portail.domain.records.people import Patient, flag_titles, patient_of, patients_of
from portail.flows.records.panels import Panel, load_panel
from portail.ports.records import RecordAccess, RecordsApi

_PAGE: Final = 20
_MOST_ALERTS: Final = 200
"""Flags of one request, the newest: FHIR R4 has no search parameter for their status."""


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient of the list."""

    patient: Patient
    alerts: tuple[str, ...]
    """Titles of the active Flags."""
    next_appointment: datetime | None


@dataclass(frozen=True, slots=True)
class PatientList:
    """A page of the list."""

    alerted: Panel[list[PatientRow]]
    """Those with active Flags; empty on other pages than the first."""
    rows: list[PatientRow]
    next: str | None
    """The query of the following page."""


async def list_patients(
    api: RecordsApi,
    access: RecordAccess,
    *,
    name: str = "",
    born: str = "",
    page: str = "",
    now: datetime,
) -> PatientList:
    """A page of patients by name. `born`: a date. `page`: `next` of the page before it.

    Raises Refusal if the list cannot be read; a panel about it is missing alone.
    """
    first = not (name or born or page)
    found, alerted = await asyncio.gather(
        _search(api, access, name, born, page),
        load_panel(_flags(api, access), _alerted) if first else _no_alerts(),
    )
    patients = patients_of(found)
    alerted_ids = {row.patient.id for row in alerted.content or ()}
    ids = [each.id for each in patients] + list(alerted_ids)
    flags, appointments = await asyncio.gather(
        load_panel(api.read(access, "Flag", _sort="-date", **_of(ids)), flag_titles),
        load_panel(_appointments(api, access, ids, now), _next_by_patient),
    )
    following, titles = appointments.content or {}, flags.content or {}

    def row(patient: Patient) -> PatientRow:
        return PatientRow(patient, titles.get(patient.id, ()), following.get(patient.id))

    first_rows = [row(each.patient) for each in alerted.content or ()]
    return PatientList(
        Panel(first_rows, alerted.problem),
        [row(each) for each in patients],
        next_query(found),
    )


async def _search(api: RecordsApi, access: RecordAccess, name: str, born: str, page: str) -> Json:
    if page:
        return await api.follow(access, "Patient", page)
    return await api.read(
        access, "Patient", name=name or None, birthdate=born or None, _sort="family", _count=_PAGE
    )


async def _flags(api: RecordsApi, access: RecordAccess) -> Json:
    return await api.read(
        access, "Flag", _sort="-date", _include="Flag:patient", _count=_MOST_ALERTS
    )


async def _no_alerts() -> Panel[list[PatientRow]]:
    return Panel([])


def _alerted(bundle: Json) -> list[PatientRow]:
    titles = flag_titles(bundle)
    return [
        PatientRow(each, titles[each.id], None) for each in patients_of(bundle) if each.id in titles
    ]


def _of(ids: list[str]) -> dict[str, object]:
    # No patient: a search that finds nothing, instead of everything.
    return {"patient": ",".join(dict.fromkeys(ids)) or "-", "_count": 200}


async def _appointments(
    api: RecordsApi, access: RecordAccess, ids: list[str], now: datetime
) -> Json:
    at = f"ge{now.isoformat(timespec='seconds')}"
    return await api.read(
        access,
        "Appointment",
        date=at,
        status="booked,pending,arrived",
        _sort="date",
        **_of(ids),
    )


def _next_by_patient(bundle: Json) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for each in appointments_of(bundle):
        if each.patient and each.start and each.patient not in found:
            found[each.patient] = each.start
    return found


async def find_patient(api: RecordsApi, access: RecordAccess, patient_id: str) -> Patient:
    """A patient by id. Raises Refusal("not_found") for one who is not open to the reader."""
    return patient_of(await api.read(access, f"Patient/{patient_id}"))

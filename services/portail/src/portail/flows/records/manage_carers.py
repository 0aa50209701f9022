"""A patient adds a carer, gives them a code, and ends their access."""

from dataclasses import dataclass
from datetime import datetime

from portail.domain.records.carers import (
    LONGEST_NAME,
    RELATIONS,
    Carer,
    Relation,
    carers_of,
    related_person,
)
from portail.domain.records.elements import Json, human_name, instant, items, next_query, part, text
from portail.ports.records import RecordAccess, RecordsApi
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class CarerCode:
    """The code that opens the record to a carer: it is displayed once, and stored nowhere."""

    name: str
    """Of the carer."""
    code: str
    until: datetime | None


async def list_carers(
    api: RecordsApi, access: RecordAccess, patient_id: str, *, now: datetime
) -> list[Carer]:
    """All carers of a patient. Raises Refusal."""
    page = await api.read(access, "RelatedPerson", patient=patient_id, _count=100)
    found = carers_of(page, patient_id, now)
    while query := next_query(page):
        page = await api.follow(access, "RelatedPerson", query)
        found += carers_of(page, patient_id, now)
    return found


async def add_carer(
    api: RecordsApi, access: RecordAccess, patient_id: str, *, name: str, relation: str
) -> None:
    """Add a carer, to whom nothing is open before they have a code. Raises Refusal."""
    known: Relation | None = next((each for each in RELATIONS if each == relation), None)
    if known is None:
        raise Refusal("invalid", "Choisissez un lien.")
    written = " ".join(name.split())
    if not written or len(written) > LONGEST_NAME:
        raise Refusal("invalid", f"Écrivez un nom de {LONGEST_NAME} caractères au plus.")
    person = related_person(patient_id, name=written, relation=known)
    await api.send(access, "POST", "RelatedPerson", person)


async def make_code(
    api: RecordsApi, access: RecordAccess, patient_id: str, person_id: str
) -> CarerCode:
    """A code for a carer; the former one ends. Raises Refusal."""
    person = await _own_person(api, access, patient_id, person_id)
    sent = {
        "resourceType": "Parameters",
        "parameter": [{"name": "kind", "valueString": "carer"}],
    }
    made = await api.send(access, "POST", f"RelatedPerson/{person_id}/$invite", sent)
    found = {text(each, "name"): each for each in items(made.get("parameter"))}
    until = instant(found.get("until", {}).get("valueDateTime"))
    return CarerCode(human_name(person), text(found.get("code", {}), "valueString"), until)


async def end_carer(api: RecordsApi, access: RecordAccess, patient_id: str, person_id: str) -> None:
    """End the relation of a carer, and with it their access. Raises Refusal."""
    person = await _own_person(api, access, patient_id, person_id)
    version = text(part(person, "meta"), "versionId")
    headers = {"if-match": f'W/"{version}"'}
    path = f"RelatedPerson/{person_id}"
    await api.send(access, "PUT", path, {**person, "active": False}, headers=headers)


async def _own_person(
    api: RecordsApi, access: RecordAccess, patient_id: str, person_id: str
) -> Json:
    person = await api.read(access, f"RelatedPerson/{person_id}")
    if text(part(person, "patient"), "reference") != f"Patient/{patient_id}":
        raise Refusal("not_found", "Cette personne n'est pas un de vos proches.")
    return person

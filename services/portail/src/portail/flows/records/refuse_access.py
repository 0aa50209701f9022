"""A patient refuses access to their record, or withdraws a refusal."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from portail.domain.records.elements import by_reference, display, next_query, part, text
from portail.domain.records.people import Member, members_of
from portail.domain.records.rights import (
    ConsentRefusal,
    Scope,
    actor_references,
    consent_resource,
    refusals_of,
)
from portail.flows.records.panels import Panel, load_panel
from portail.ports.records import RecordAccess, RecordsApi
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class Rights:
    """Who sees a record, and who is refused."""

    members: list[Member]
    refusals: Panel[list[ConsentRefusal]]
    actors: dict[str, str]
    """Who can be refused by name, by reference."""


async def show_rights(api: RecordsApi, access: RecordAccess, patient_id: str) -> Rights:
    """The circle of a patient and their refusals. Raises Refusal."""
    teams, refusals = await asyncio.gather(
        api.read(
            access,
            "CareTeam",
            patient=patient_id,
            status="active",
            _include="CareTeam:participant",
            _include__iterate="PractitionerRole:practitioner",
        ),
        load_panel(list_refusals(api, access, patient_id), lambda found: found),
    )
    known = by_reference(teams)
    actors = {
        reference: display({"reference": reference}, known) or written or reference
        for reference, written in actor_references(teams).items()
    }
    return Rights(members_of(teams), refusals, actors)


async def list_refusals(
    api: RecordsApi, access: RecordAccess, patient_id: str
) -> list[ConsentRefusal]:
    """All active refusals of a patient. Raises Refusal."""
    page = await api.read(access, "Consent", patient=patient_id, status="active", _count=100)
    found = refusals_of(page)
    while query := next_query(page):
        page = await api.follow(access, "Consent", query)
        found += refusals_of(page)
    return found


async def refuse_access(
    api: RecordsApi,
    access: RecordAccess,
    patient_id: str,
    *,
    actor: str,
    scope: Scope,
    now: datetime,
) -> None:
    """Write the refusal. `actor`: a reference of the circle; empty: everybody. Raises Refusal."""
    name = ""
    if actor:
        rights = await show_rights(api, access, patient_id)
        if actor not in rights.actors:
            raise Refusal("invalid", "Choisissez une personne ou une structure de votre cercle.")
        name = rights.actors[actor]
    consent = consent_resource(
        patient_id, actor=actor or None, actor_name=name, scope=scope, now=now
    )
    await api.send(access, "POST", "Consent", consent)


async def withdraw_refusal(
    api: RecordsApi, access: RecordAccess, patient_id: str, consent_id: str
) -> None:
    """Make a Consent of that patient inactive. Raises Refusal."""
    path = f"Consent/{consent_id}"
    consent = await api.read(access, path)
    if text(part(consent, "patient"), "reference") != f"Patient/{patient_id}":
        raise Refusal("not_found", "Ce refus n'est pas dans votre dossier.")
    version = text(part(consent, "meta"), "versionId")
    headers = {"if-match": f'W/"{version}"'}
    await api.send(access, "PUT", path, {**consent, "status": "inactive"}, headers=headers)

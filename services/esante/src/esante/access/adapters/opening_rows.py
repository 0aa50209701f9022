"""The rows of openings and provisions, written in the transaction of what they follow from."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import orjson

from esante.access.adapters.carer_rows import CarerRows
from esante.access.adapters.hidden_contents import (
    DocumentRows,
    complete_consent,
    exclude_document_changes,
)
from esante.access.domain.carers import RELATED_PERSON
from esante.access.domain.consent_provision import CONSENT, is_about_access, read_provision
from esante.access.domain.hidden_contents import DOCUMENT
from esante.access.domain.open_records import CIRCLE, EMERGENCY, patient_element
from esante.access.domain.opening_change import CreatedRecord, EmergencyOpening
from esante.access.domain.professions import professions_named
from esante.access.domain.record_openings import (
    CARE_TEAM,
    ROLE,
    RecordOpening,
    care_team_openings,
    consent_openings,
    local_reference,
    matters_beyond_openings,
    patient_in,
    roles_in,
    with_local_actors,
)
from esante.core.domain.json_parser import parse_json
from esante.store.adapters.attached_rows import AttachedRows
from esante.store.adapters.discards import execute_alone
from esante.store.adapters.revision_sql import MERGE_CHANGES
from esante.store.ports import Change
from socle.errors import Refusal
from socle.postgres import Connection, Pool

PATIENT: Final = "Patient"
COMMUNICATION: Final = "Communication"
_DELETE: Final = """
DELETE FROM record_opening WHERE source_type = $1 AND source_id = $2 RETURNING via, member"""
_ADD: Final = """
INSERT INTO record_opening (element, member, reasons, starts, ends, source_type, source_id, via)
SELECT $1, member, reasons, starts, ends, $2, $3, via
FROM unnest($4::text[], $5::smallint[], $6::timestamptz[], $7::timestamptz[], $8::text[])
    AS o(member, reasons, starts, ends, via)"""
_ROLES: Final = """
SELECT id, content FROM resource_practitionerrole WHERE type = 'PractitionerRole' AND id = ANY($1)
"""
# Those who got into the record by a role, whoever has it now.
_THROUGH: Final = """
SELECT DISTINCT via, member FROM record_opening
WHERE element = $1 AND source_type = 'CareTeam' AND via = ANY($2)"""
_DELETE_PROVISION: Final = "DELETE FROM record_provision WHERE consent = $1"
_ADD_PROVISION: Final = """
INSERT INTO record_provision (consent, element, content) VALUES ($1, $2, $3)"""
# What the same transaction has created does not count.
_HAS_CONTENT: Final = """
SELECT EXISTS (SELECT FROM resource
    WHERE refs @> ARRAY[$1::bigint] AND NOT (type = 'Patient' AND id = $2)
    AND (version > 1 OR xmin <> pg_current_xact_id()::xid))"""
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('esante.emergency ' || $1, 0))"
_COUNT: Final = """
SELECT count(*) FROM record_opening
WHERE source_type = 'Communication' AND member = $1 AND starts > $2::timestamptz - interval '1 day'
"""

_ADD_EMERGENCY: Final = """
INSERT INTO record_opening (element, member, reasons, starts, ends, source_type, source_id, reason)
VALUES ($1, $2, $3, $4, $5, 'Communication', $6, $7)"""
# Those of the last day count for the limit.
_DISCARD_PAST: Final = """
DELETE FROM record_opening
WHERE source_type = 'Communication' AND ends < now() - interval '1 day'"""


class OpeningRows:
    """Implements `AttachedRows` for CareTeam and Consent. `base`: the FHIR base."""

    def __init__(self, base: str) -> None:
        self._base = base

    def concern(self, change: Change) -> bool:
        """Every change of these types has rows, or removes some."""
        return True

    async def write(self, connection: Connection, change: Change) -> None:
        """Replace the openings of a CareTeam or a Consent, and the provisions of a Consent."""
        if change.type == CONSENT and change.indexed is not None:
            await exclude_document_changes(connection, change.indexed.patients)
        removed = await connection.fetch(_DELETE, change.type, change.id)
        if change.type == CONSENT:
            await connection.execute(_DELETE_PROVISION, change.id)
        if change.text is None:
            return
        # A role that was resolved before stays so: whoever changes it since does not get in.
        known = {row["via"]: row["member"] for row in removed if row["via"] is not None}
        placed = () if change.indexed is None else change.indexed.patients
        await self.add(connection, change.type, change.id, change.text, known, placed)

    async def add(
        self,
        connection: Connection,
        resource_type: str,
        resource_id: str,
        text: bytes,
        known: dict[str, str],
        placed: Collection[str],
    ) -> None:
        """Add the rows of a resource. `known`: the members of roles that were resolved before.
        `placed`: the patients in whose records it is: its author had the right to these alone."""
        resource = parse_json(text)
        of_patient = "subject" if resource_type == CARE_TEAM else "patient"
        patient = patient_in(resource.get(of_patient), self._base)
        if patient is None or patient not in placed:
            return
        known = known | await self._resolve(
            connection, roles_in(resource, self._base) - known.keys()
        )
        element = patient_element(patient)
        if resource_type == CARE_TEAM:
            openings = list(care_team_openings(resource, self._base))
        else:
            # Openings keep the roles' references, so that the next version finds them.
            professions = professions_named(resource)
            plain = with_local_actors(
                resource.get("provision"), lambda each: [each], self._base, professions
            )
            openings = list(consent_openings(resource | {"provision": plain}))
            meant = await self._members_by_role(connection, element, known)
            provision = with_local_actors(
                resource.get("provision"), meant.__getitem__, self._base, professions
            )
            await self._add_provision(
                connection, resource | {"provision": provision}, resource_id, element
            )
        rows = _rows(openings, known)
        await connection.execute(_ADD, element, resource_type, resource_id, *rows)

    async def _members_by_role(
        self, connection: Connection, element: int, known: dict[str, str]
    ) -> dict[str, list[str]]:
        """Whom each role means in the record: who has it, and who got in by it before."""
        meant: dict[str, list[str]] = defaultdict(list)
        for role, member in known.items():
            meant[role].append(member)
        for row in await connection.fetch(_THROUGH, element, list(known)):
            if row["member"] not in meant[row["via"]]:
                meant[row["via"]].append(row["member"])
        return meant

    async def _add_provision(
        self, connection: Connection, consent: dict[str, Any], resource_id: str, element: int
    ) -> None:
        if is_about_access(consent) and matters_beyond_openings(read_provision(consent)):
            content: Mapping[str, Any] = {each: consent[each] for each in _READ if each in consent}
            content = await complete_consent(connection, content, self._base)
            text = orjson.dumps(content, default=str).decode()
            await connection.execute(_ADD_PROVISION, resource_id, element, text)

    async def _resolve(self, connection: Connection, roles: set[str]) -> dict[str, str]:
        """The Practitioner of each PractitionerRole that exists and names one."""
        if not roles:
            return {}
        ids = sorted(each.partition("/")[2] for each in roles)
        found: dict[str, str] = {}
        for row in await connection.fetch(_ROLES, ids):
            role = parse_json(row["content"].encode())
            practitioner = local_reference(role.get("practitioner"), self._base)
            if practitioner is not None and practitioner.startswith("Practitioner/"):
                found[f"{ROLE}/{row['id']}"] = practitioner
        return found


_READ: Final = ("status", "scope", "policyRule", "provision")


class CreatedRecordRows:
    """Implements `AttachedRows` for the Patients that professionals create."""

    def concern(self, change: Change) -> bool:
        """Only a new Patient of a professional opens its record."""
        return isinstance(change.attached, CreatedRecord)

    async def write(self, connection: Connection, change: Change) -> None:
        """Raises Refusal("forbidden") if something was in the record of that id before."""
        created = change.attached
        assert isinstance(created, CreatedRecord)
        element = patient_element(change.id)
        if await connection.fetchval(_HAS_CONTENT, element, change.id):
            raise Refusal(
                "forbidden",
                f"Votre jeton ne permet pas de créer {PATIENT}/{change.id} : son dossier contient"
                " déjà des ressources. Laissez le serveur choisir l'identifiant (POST).",
            )
        opening = [created.member], [CIRCLE], [None], [None], [None]
        await connection.execute(_ADD, element, PATIENT, change.id, *opening)


class EmergencyRows:
    """Implements `AttachedRows` for the Communications of emergency accesses."""

    def concern(self, change: Change) -> bool:
        """Only the Communication of an emergency access opens a record."""
        return isinstance(change.attached, EmergencyOpening)

    async def write(self, connection: Connection, change: Change) -> None:
        """Raises Refusal("too_many") beyond the day's number."""
        opening = change.attached
        assert isinstance(opening, EmergencyOpening)
        await connection.execute(_LOCK, opening.account)
        if await connection.fetchval(_COUNT, opening.member, opening.now) >= opening.most_a_day:
            raise Refusal(
                "too_many",
                f"Vous avez fait {opening.most_a_day} accès d'urgence en 24 heures, le plus qui"
                " soit permis : adressez-vous au responsable de la plateforme.",
                retry_after=3600,
            )
        element, period = patient_element(opening.patient), (opening.now, opening.ends)
        row = element, opening.member, EMERGENCY, *period, change.id, opening.reason
        await connection.execute(_ADD_EMERGENCY, *row)


async def discard_past_openings(pool: Pool) -> None:
    """Remove the openings of past emergency accesses, whose Communications remain, and merge the
    changes that revisions are computed from. Raises Retry without the database."""
    await execute_alone(pool, _DISCARD_PAST)
    await execute_alone(pool, MERGE_CHANGES)


def access_rows(base: str) -> dict[str, AttachedRows]:
    """The rows about the access to records, by the type of the resource that they follow from."""
    openings = OpeningRows(base)
    return {
        CARE_TEAM: openings,
        CONSENT: openings,
        PATIENT: CreatedRecordRows(),
        COMMUNICATION: EmergencyRows(),
        DOCUMENT: DocumentRows(base),
        RELATED_PERSON: CarerRows(base),
    }


def _rows(openings: Sequence[RecordOpening], known: dict[str, str]) -> tuple[list[Any], ...]:
    """The columns of the rows: member, reasons, starts, ends, via."""
    found: list[tuple[Any, ...]] = []
    for each in openings:
        is_role = each.member.startswith(f"{ROLE}/")
        member = known.get(each.member) if is_role else each.member
        if member is not None:
            low, high = each.period or (None, None)
            found.append((member, each.reasons, low, high, each.member if is_role else None))
    return tuple([list(column) for column in zip(*found, strict=True)] or [[] for _ in range(5)])

"""Emergency access: a record is open for an hour, for a reason that its circle reads."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from esante.access.domain.emergency_notice import (
    COMMUNICATION,
    LIFE,
    emergency_notice,
    person_name,
    require_reason,
)
from esante.access.domain.open_records import account_reference
from esante.access.domain.opening_change import EmergencyOpening
from esante.access.ports import FindEmergencyRecord
from esante.core.domain.json_parser import parse_json, parse_object
from esante.core.domain.permissions import (
    Access,
    Action,
    Author,
    Grant,
    Permitted,
    require_permission,
)
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.prepare_write import PATIENT, prepare_create
from socle.errors import Refusal

_ACTIONS: Final[tuple[Action, ...]] = ("c", "r", "s")
_SERVER: Final = Access({("*", each): Permitted((Grant(),)) for each in _ACTIONS})
"""The permissions of the server itself: the caller sees neither the record nor its circle."""


@dataclass(frozen=True, slots=True)
class EmergencyAccess:
    """A record that is open in an emergency."""

    patient: str
    """The id of the patient."""
    name: str | None
    until: datetime
    communication: str
    """The id of the Communication that tells the circle."""


@dataclass(frozen=True, slots=True)
class EmergencyDependencies:
    """The dependencies of emergency access."""

    interactions: Dependencies
    find_record: FindEmergencyRecord
    write_notice: Callable[[dict[str, Any]], Awaitable[bytes]]
    """Returns the JSON of a Communication, checked by its FHIR model."""
    most_a_day: int
    """Emergency accesses of one account in 24 hours."""


async def open_in_emergency(
    *,
    patient_id: str | None,
    identifier: str | None,
    reason: str | None,
    by: Access,
    dependencies: EmergencyDependencies,
) -> EmergencyAccess:
    """Open the record of a patient to a professional, and tell its circle in the same transaction.

    `patient_id` or `identifier` (`system|value`): of the patient. Raises Refusal: "forbidden" for
    others than professionals; rule `unprocessable` without a reason; "not_found" unless exactly one
    patient is meant, and for a record whose Consent refuses it; "too_many" beyond a day's number.
    """
    author = _require_professional(by)
    given = require_reason(reason)
    interactions, now = dependencies.interactions, dependencies.interactions.clock.now()
    if identifier is not None:
        patient_id = await _find(_require_complete(identifier), interactions)
    if patient_id is None:
        raise _not_found()
    # Before the transaction: a request that waited for a second connection could wait for itself.
    record = await dependencies.find_record(patient_id, author)
    name = await _name(author, interactions)
    content = emergency_notice(patient_id, record.teams, author, name, reason=given, now=now)
    notice = await dependencies.write_notice(content)
    async with interactions.store.transaction() as transaction:
        (state,) = await transaction.find_for_update([(PATIENT, patient_id)])
        if state.text is None or record.is_refused:
            raise _not_found()
        change = prepare_create(
            parse_object(notice), COMMUNICATION, by=_SERVER, dependencies=interactions
        )
        member = author.fhir_user or account_reference(author.account)
        opening = EmergencyOpening(
            patient_id, member, author.account, given, now, now + LIFE, dependencies.most_a_day
        )
        await transaction.write([replace(change, attached=opening)])
    return EmergencyAccess(patient_id, person_name(parse_json(state.text)), now + LIFE, change.id)


def _require_professional(by: Access) -> Author:
    require_permission(by, PATIENT, "r")
    if by.author is None or not by.author.is_professional:
        raise Refusal("forbidden", "L'accès d'urgence est réservé aux professionnels de santé.")
    return by.author


async def _name(author: Author, interactions: Dependencies) -> str | None:
    """The name of the professional: their own resource has it, which the patient may not read."""
    resource_type, _, resource_id = (author.fhir_user or "").partition("/")
    if not resource_id:
        return None
    text = (await interactions.store.find(resource_type, resource_id)).text
    return None if text is None else person_name(parse_json(text))


def _require_complete(identifier: str) -> str:
    """The identifier, if it names one value of one system: no list, no part of it."""
    system, mark, value = identifier.partition("|")
    if not (mark and system and value) or set(identifier) & {",", "\\", "$"} or "|" in value:
        raise Refusal(
            "invalid",
            "« identifier » s'écrit système|valeur, comme"
            " urn:oid:1.2.250.1.213.1.4.8|2740399123456.",
            rule="unprocessable",
            issue="value",
            parameter="identifier",
        )
    return identifier


async def _find(identifier: str, interactions: Dependencies) -> str | None:
    """The id of the only patient with that identifier; None otherwise."""
    criteria = [("identifier", identifier)]
    async with interactions.store.transaction() as within:
        found = await interactions.find_matches(PATIENT, criteria, by=_SERVER, within=within)
    return found[0].id if len(found) == 1 else None


def _not_found() -> Refusal:
    return Refusal(
        "not_found",
        "Aucun dossier ne s'ouvre ainsi : le patient n'existe pas ici, plusieurs ont cet"
        " identifiant, ou il refuse l'accès d'urgence.",
    )

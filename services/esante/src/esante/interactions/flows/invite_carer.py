"""Invites a carer or a legal representative: a code, which links their account to a RelatedPerson
of the patient."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from esante.access.domain.carers import RELATED_PERSON, CarerRole, RelatedLink, related_link
from esante.access.domain.open_records import OpenRecords
from esante.access.flows.authorization import not_found, require_changeable
from esante.access.ports import CaredRecord, CarerLinks
from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access, require_permission
from esante.interactions.flows.dependencies import Dependencies
from socle.errors import Refusal

INVITATION_LIFE: Final = timedelta(days=7)
# Crockford's base32: no I, L, O and U, which are read for others. 80 bits cannot be guessed.
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans("ILO", "110", " -")
_LENGTH, _GROUP = 16, 4


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation, whose code is stored nowhere."""

    code: str
    """In groups of four, for a person to type."""
    until: datetime
    patient: str
    """The id of the patient."""


async def invite_carer(
    person_id: str,
    kind: CarerRole,
    *,
    by: Access,
    dependencies: Dependencies,
    links: CarerLinks,
) -> Invitation:
    """Invite the person that a RelatedPerson is; a former invitation of them ends.

    Raises Refusal: "not_found" outside the caller's permissions; "forbidden" for a professional
    outside of the circle, and for a patient who invites a representative; rule `unprocessable` for
    a RelatedPerson that has ended or is no representative.
    """
    permitted = require_permission(by, RELATED_PERSON, "u")
    state = await dependencies.store.find(RELATED_PERSON, person_id)
    require_changeable(permitted, RELATED_PERSON, person_id, state, server=dependencies)
    if state.text is None:
        raise not_found(RELATED_PERSON, person_id, state)
    now = dependencies.clock.now()
    link = related_link(parse_json(state.text), dependencies.base)
    if link is None or link.patient not in state.patients or link.has_ended(now):
        raise _unusable("Cette personne n'est plus un proche du patient : il n'y a rien à ouvrir.")
    _require_right(link, kind, by)
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    until = now + INVITATION_LIFE
    await links.invite(person_id, link.patient, kind, _digest(code), until)
    return Invitation(_grouped(code), until, link.patient)


async def accept_invitation(
    typed: str, *, account: str, own: str | None, links: CarerLinks
) -> CaredRecord:
    """Link an account by the code of an invitation, as a person has typed it. `own`: the id of the
    Patient that the person is.

    Raises Refusal: "not_found" for a code that opens nothing, "conflict" for one's own record.
    """
    code = typed.upper().translate(_READ_AS)
    found = None
    if len(code) == _LENGTH and set(code) <= set(_LETTERS):
        found = await links.accept(_digest(code), account=account, own=own)
    if found is None:
        raise Refusal(
            "not_found",
            "Ce code n'ouvre aucun dossier : il a servi, il a plus de sept jours, ou il est mal"
            " recopié. Demandez-en un autre.",
        )
    return found


def _require_right(link: RelatedLink, kind: CarerRole, by: Access) -> None:
    records = by.records
    if records is not None and not (
        isinstance(records, OpenRecords) and records.is_circle(link.patient)
    ):
        raise Refusal(
            "forbidden",
            "Seuls le patient, un programme et les membres de son cercle de soins invitent un"
            " proche.",
        )
    if kind == "carer":
        return
    if by.author is None or by.author.role == "patient":
        raise Refusal(
            "forbidden",
            "Un représentant légal est déclaré par un professionnel du cercle de soins, qui a vu"
            " la décision.",
        )
    if not link.can_represent:
        raise _unusable(
            "Un représentant légal a la relation GUARD (v3-RoleCode), et une fin (period.end)."
        )


def _unusable(sentence: str) -> Refusal:
    return Refusal("invalid", sentence, rule="unprocessable", issue="business-rule")


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def _grouped(code: str) -> str:
    return "-".join(code[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))

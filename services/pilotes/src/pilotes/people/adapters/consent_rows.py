"""What the stores of consents share: the lock of one person, the checks of an agreement, and rows
of `consent`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Final

from pilotes.events import ConsentV1
from pilotes.identity.domain.codes import digest_of_code
from pilotes.people.domain.capacity import Capacity, Mandate
from pilotes.people.domain.consent import Consent
from pilotes.people.ports import NewConsent, PilotPseudonym
from pilotes.record.adapters.advisory_locks import lock_exclusively
from pilotes.record.adapters.rows import LAST_VERSION
from pilotes.record.domain.roles import NO_PARTICIPANTS
from socle.errors import Refusal
from socle.outbox import Outbox
from socle.postgres import Connection, Pool, reachable, transaction

_FIND_ACTIVE: Final = """
SELECT * FROM consent
WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL AND lapsed_at IS NULL
"""
_LAPSED: Final = """
SELECT EXISTS (SELECT FROM consent
    WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL AND lapsed_at IS NOT NULL)
"""
_AWAITED: Final = """
SELECT EXISTS (SELECT FROM joint_consent WHERE pilot_id = $1 AND pseudonym = $2 AND pending)
"""
_STATED_CHILD: Final = """
SELECT EXISTS (SELECT FROM joint_consent
    WHERE pilot_id = $1 AND pseudonym = $2 AND capacity = 'child')
"""
_ADD: Final = """
INSERT INTO consent (pilot_id, pseudonym, given_at, notice_version, protocol_version, means,
    capacity, assisted_by, mandate, reading, arm, place)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $12, coalesce((SELECT place FROM consent
    WHERE pilot_id = $1 AND pseudonym = $2 ORDER BY consent_id DESC LIMIT 1), $11))
RETURNING *
"""
_NO_LONGER_AWAITED: Final = """
UPDATE joint_consent SET pending = false, stratum = NULL
WHERE pilot_id = $1 AND pseudonym = $2 AND pending
"""
_FORMER_ARM: Final = """
SELECT arm FROM consent WHERE pilot_id = $1 AND pseudonym = $2 AND arm IS NOT NULL LIMIT 1
"""
# The row is locked until the end of the transaction: of two people of one stratum the second waits,
# and has the first one's position if that consent fails.
_NEXT_POSITION: Final = """
INSERT INTO drawn_people AS former (pilot_id, stratum, people) VALUES ($1, $2, 1)
ON CONFLICT (pilot_id, stratum) DO UPDATE SET people = former.people + 1
RETURNING people - 1
"""
_USE_CODE: Final = """
UPDATE enrolment_code SET used = used + 1 FROM invitation
WHERE enrolment_code.digest = $1 AND invitation.invitation_id = enrolment_code.invitation_id
    AND pilot_id = $2 AND used < uses AND expires_at > $3 AND revoked_at IS NULL
RETURNING true
"""
# FOR SHARE waits for a pause or a closing that is being decided: nobody enrols after it.
_TAKES_PEOPLE: Final = """
SELECT stage = 'trial' AND NOT paused AND salt IS NOT NULL AND protocol_version = $2
FROM pilot WHERE pilot_id = $1 FOR SHARE
"""
_LEADS_OR_JUDGES: Final = """
SELECT EXISTS (SELECT FROM membership
    WHERE pilot_id = $1 AND subject = $2 AND role = ANY($3::text[]))
"""


@asynccontextmanager
async def locked(pool: Pool, who: PilotPseudonym) -> AsyncIterator[Connection]:
    """A transaction that alone changes the consents of that person in that pilot."""
    with reachable():
        async with transaction(pool) as connection:
            await lock_exclusively(connection, f"consent {':'.join(who)}")
            yield connection


async def find_active(connection: Connection, who: PilotPseudonym) -> Consent | None:
    """The active period of a person; None without one."""
    row = await connection.fetchrow(_FIND_ACTIVE, who[0], bytes.fromhex(who[1]))
    return None if row is None else consent_of(row)


async def check_enrols(connection: Connection, agreement: NewConsent) -> None:
    """Raises Refusal unless the pilot enrols that person now, in that capacity, under the notice
    that they read."""
    if not await _enrols(connection, agreement):
        raise Refusal(
            "conflict",
            "Ce pilote vient de changer pendant que vous lisiez. Rien n'a été enregistré : "
            "rouvrez votre lien pour voir où il en est.",
            rule="trial_changed",
        )
    if agreement.capacity.who != "child" and await is_child(
        connection, (agreement.pilot_id, agreement.pseudonym)
    ):
        raise Refusal(
            "conflict",
            "Vous avez dit avoir moins de 15 ans : pour participer à ce pilote, il faut votre"
            " accord et celui d'un parent. Rien n'a été enregistré.",
            rule="parent_needed",
        )


async def is_child(connection: Connection, who: PilotPseudonym) -> bool:
    """Whether that person once stated that they are under 15."""
    return bool(await connection.fetchval(_STATED_CHILD, who[0], bytes.fromhex(who[1])))


async def use_code(
    connection: Connection, agreement: NewConsent, code: str | None, *, key: bytes
) -> None:
    """Use an enrolment code once. A person who awaits a second signature used it already. Raises
    Refusal if it is not valid any more, or None for a person without a lapsed period."""
    pilot_id, pseudonym = agreement.pilot_id, bytes.fromhex(agreement.pseudonym)
    if await connection.fetchval(_AWAITED, pilot_id, pseudonym):
        return
    if code is None:
        if not await connection.fetchval(_LAPSED, pilot_id, pseudonym):
            # They withdrew, or were erased, while they read.
            raise Refusal(
                "conflict",
                "Vous ne participez plus à ce pilote : rien n'a été enregistré.",
                rule="participation_over",
            )
        return
    digest = digest_of_code(key, code)
    if not await connection.fetchval(_USE_CODE, digest, pilot_id, agreement.at):
        raise Refusal(
            "gone",
            "Ce code a déjà servi, ou n'est plus valable. Rien n'a été enregistré.",
            rule="code_just_used",
        )


async def add_period(connection: Connection, outbox: Outbox, agreement: NewConsent) -> Consent:
    """Begin a period and announce it; no second signature is awaited any more."""
    who = agreement.pilot_id, bytes.fromhex(agreement.pseudonym)
    await connection.execute(_NO_LONGER_AWAITED, *who)
    capacity = agreement.capacity
    row = await connection.fetchrow(
        _ADD,
        *who,
        agreement.at,
        agreement.notice_version,
        agreement.protocol_version,
        agreement.means,
        capacity.who,
        capacity.assisted_by,
        None if capacity.mandate is None else _mandate_json(capacity.mandate),
        agreement.reading,
        agreement.place,
        await _arm_of(connection, agreement),
    )
    consent = consent_of(row)
    await outbox.announce(connection, consent_event(consent))
    return consent


async def stop_awaiting(connection: Connection, who: PilotPseudonym) -> bool:
    """Await no second signature of that person any more. Returns whether one was awaited."""
    status = await connection.execute(_NO_LONGER_AWAITED, who[0], bytes.fromhex(who[1]))
    return bool(status != "UPDATE 0")


def consent_of(row: Any) -> Consent:
    """The period in a row of `consent`."""
    return Consent(
        record_id=str(row["record_id"]),
        pilot_id=row["pilot_id"],
        pseudonym=row["pseudonym"].hex(),
        given_at=row["given_at"],
        notice_version=row["notice_version"],
        protocol_version=row["protocol_version"],
        means=row["means"],
        withdrawn_at=row["withdrawn_at"],
        lapsed_at=row["lapsed_at"],
        reading=row["reading"],
        restricted_at=row["restricted_at"],
        capacity=Capacity(row["capacity"], row["assisted_by"], _mandate_of(row["mandate"])),
        place=row["place"],
        arm=row["arm"],
    )


def consent_event(consent: Consent) -> ConsentV1:
    """The announcement of a period."""
    return ConsentV1(
        pilot_id=consent.pilot_id,
        pseudonym=consent.pseudonym,
        given_at=consent.given_at,
        notice_version=consent.notice_version,
        withdrawn_at=consent.withdrawn_at,
        place=consent.place,
        # A withdrawal gives no arm.
        arm=None if consent.ended else consent.arm,
    )


async def _arm_of(connection: Connection, agreement: NewConsent) -> str | None:
    """The arm of a person in a trial of permuted blocks: the one they had before, so that who comes
    back has no second draw; else the next one of their stratum. None in other trials."""
    who = agreement.pilot_id, bytes.fromhex(agreement.pseudonym)
    former: str | None = await connection.fetchval(_FORMER_ARM, *who)
    draw = agreement.draw
    if former is not None or draw is None:
        return former
    return draw.arm_at(await connection.fetchval(_NEXT_POSITION, who[0], draw.stratum))


async def _enrols(connection: Connection, agreement: NewConsent) -> bool:
    pilot_id = agreement.pilot_id
    if not await connection.fetchval(_TAKES_PEOPLE, pilot_id, agreement.protocol_version):
        return False
    # Statements of their own, after that wait: in the same one they would read what was before it.
    if await connection.fetchval(LAST_VERSION, pilot_id) != agreement.notice_version:
        return False
    excluded = sorted(NO_PARTICIPANTS)
    return not await connection.fetchval(_LEADS_OR_JUDGES, pilot_id, agreement.account, excluded)


def _mandate_json(mandate: Mandate) -> dict[str, Any]:
    ends_on = None if mandate.ends_on is None else mandate.ends_on.isoformat()
    return {"type": mandate.type, "scope": mandate.scope, "ends_on": ends_on}


def _mandate_of(content: Any) -> Mandate | None:
    if content is None:
        return None
    ends_on = content["ends_on"]
    return Mandate(
        content["type"], content["scope"], None if ends_on is None else date.fromisoformat(ends_on)
    )

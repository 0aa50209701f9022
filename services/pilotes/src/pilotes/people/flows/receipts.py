"""Receipts of consents: issued and signed, retained, found again once the pilot is closed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from pilotes.identity.domain.codes import PERSONAL_LETTERS, read_code
from pilotes.identity.domain.person import Person
from pilotes.people.domain.receipt import (
    ReceiptKey,
    RetainedReceipts,
    SignedReceipt,
    consent_receipt,
    receipt_code,
    receipt_key,
)
from pilotes.people.flows.enrol import RandomBytes
from pilotes.people.flows.participations import Participation
from pilotes.people.ports import Receipts
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.ports import Notices
from socle.clock import Clock
from socle.errors import Refusal

SignReceipt = Callable[[Mapping[str, Any]], str]
"""Signs a receipt as JWS (RFC 7515, compact)."""


async def issue_receipts(
    participation: Participation,
    person: Person,
    *,
    receipts: Receipts,
    notices: Notices,
    sign: SignReceipt,
    clock: Clock,
    random_bytes: RandomBytes,
    withdrawal: str,
) -> Sequence[SignedReceipt]:
    """A signed receipt of each period of a participation. A sealed copy is retained in place of the
    former one: their code finds it once the pilot is closed. `withdrawal`: as for
    `consent_receipt`."""
    issued = []
    for consent in participation.consents:
        notice = await notices.find(consent.pilot_id, consent.notice_version)
        assert notice is not None, "the notice of a consent exists"
        content = consent_receipt(
            consent,
            notice,
            withdrawal=withdrawal,
            receipt_id=str(UUID(bytes=random_bytes(16), version=4)),
            issued_at=clock.now(),
        )
        issued.append(SignedReceipt(content, sign(content)))
    await receipts.store(_key_of(participation, person), [each.jws for each in issued])
    return issued


async def has_copy(participation: Participation, person: Person, receipts: Receipts) -> bool:
    """Whether a sealed copy of the receipts of a participation is retained."""
    return bool(await receipts.find(_key_of(participation, person)))


def identity_of(participation: Participation, person: Person) -> Person:
    """The identity under which the person takes part: with their account, or on their device."""
    by_account = participation.last.means == "account"
    return Person(account=person.account) if by_account else Person(None, person.personal_code)


def _key_of(participation: Participation, person: Person) -> ReceiptKey:
    code = receipt_code(participation.trial.salt, identity_of(participation, person))
    return receipt_key(code, participation.trial.pilot.id)


async def list_retained_receipts(
    typed: str, *, receipts: Receipts, read: ReadStatement
) -> Sequence[RetainedReceipts]:
    """The receipts of a code in closed pilots. `typed`: the code as it was typed. Raises Refusal if
    there are none."""
    code = _read(typed)
    found = []
    for pilot_id, title in await receipts.list_closed():
        signed = await receipts.find(receipt_key(code, pilot_id))
        verified = ((each, read(each)) for each in signed)
        own = [SignedReceipt(content, jws) for jws, content in verified if content is not None]
        if own:
            found.append(RetainedReceipts(pilot_id, title, own))
    if not found:
        raise Refusal(
            "not_found",
            "Aucune preuve ne correspond à ce code dans un pilote clos : recopiez-le avec soin, par"
            " exemple 7K3M-9QXT-2A4B-6C8D-EFGH-JKMN.",
            rule="receipt_unknown",
        )
    return found


async def erase_retained_receipts(typed: str, pilot_id: str, *, receipts: Receipts) -> None:
    """Erase the receipts of a code in a pilot. Raises Refusal if it is no code."""
    await receipts.erase(receipt_key(_read(typed), pilot_id))


def _read(typed: str) -> str:
    code = read_code(typed, PERSONAL_LETTERS)
    if code is None:
        raise Refusal(
            "invalid",
            "Ce code n'est pas complet : il a 24 lettres et chiffres, par exemple"
            " 7K3M-9QXT-2A4B-6C8D-EFGH-JKMN.",
            rule="receipt_code_incomplete",
        )
    return code

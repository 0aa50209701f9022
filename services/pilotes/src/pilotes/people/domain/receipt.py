"""The receipt of a consent (ISO/IEC TS 27560:2023), and the code that finds it after the closing.

A receipt has an id of its own, and neither the pseudonym nor the id of the record: what is stored
of a closed pilot must not lead from a receipt to facts.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pilotes.identity.domain.codes import PERSONAL_LETTERS, new_code
from pilotes.identity.domain.person import Person
from pilotes.people.domain.consent import SCHEMA, Consent, consent_record
from pilotes.record.domain.notice import Notice

_GDPR: Final = "https://w3id.org/dpv/legal/eu/gdpr#"
_DPV: Final = "https://w3id.org/dpv#"
_RIGHTS: Final[Mapping[str, str]] = {
    "access": "A15",
    "portability": "A20",
    "rectification": "A16",
    "erasure": "A17",
    "restriction": "A18",
    "withdrawal": "A7-3",
}


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """What a code finds and opens: the receipts of one person in one pilot."""

    locator: bytes
    """32 bytes, stored beside them."""
    secret: bytes
    """The AES-256 key that seals them, which is not stored."""


def receipt_key(code: str, pilot_id: str) -> ReceiptKey:
    """The key of a code's receipts in a pilot: another one in each, so that the database links no
    pilots. `code`: 24 letters, of 120 unpredictable bits."""

    def derived(use: str) -> bytes:
        return hmac.digest(code.encode(), f"receipt {use}:{pilot_id}".encode(), "sha256")

    return ReceiptKey(derived("locator"), derived("secret"))


def receipt_code(salt: bytes, person: Person) -> str:
    """The code that finds a person's receipts in a pilot once it is closed: their personal code, or
    one that follows from their account and the salt, which they write down before."""
    if person.account is None:
        assert person.personal_code is not None, "a participant has an account or a code"
        return person.personal_code
    drawn = hmac.digest(salt, f"receipt:{person.account}".encode(), "sha256")
    return new_code(drawn, PERSONAL_LETTERS)


def consent_receipt(
    consent: Consent, notice: Notice, *, withdrawal: str, receipt_id: str, issued_at: datetime
) -> dict[str, Any]:
    """The receipt of a consent, JSON-ready. `notice`, `withdrawal`: as for `consent_record`.
    `receipt_id`: a UUID."""
    record = consent_record(consent, notice, withdrawal=withdrawal)
    principal = f"urn:uuid:{receipt_id}#principal"
    bases = ["A6-1-a"] + (["A9-2-a"] if notice.health else [])
    rights = record["pii_processing"]["purposes"][0]["privacy_rights"]
    return {
        "schema_version": SCHEMA,
        "receipt_id": f"urn:uuid:{receipt_id}",
        "issued_at": issued_at.isoformat(),
        "pii_principal_id": principal,
        "pii_processing": record["pii_processing"],
        "party_identification": record["party_identification"],
        "events": [{**each, "entity_id": principal} for each in record["events"]],
        "dpv": {
            "legal_basis": [_GDPR + each for each in bases],
            "rights": [_GDPR + _RIGHTS[each] for each in rights],
            "consent_status": _DPV + _status(consent),
        },
    }


def _status(consent: Consent) -> str:
    """The status of a consent, as a term of the W3C Data Privacy Vocabulary."""
    if consent.ended:
        return "ConsentWithdrawn"
    return "ConsentGiven" if consent.active else "ConsentInvalidated"


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt, and the same as JWS (RFC 7515, compact), signed as the decisions are."""

    content: Mapping[str, Any]
    jws: str


@dataclass(frozen=True, slots=True)
class RetainedReceipts:
    """The receipts of one person in a closed pilot."""

    pilot_id: str
    title: str
    receipts: Sequence[SignedReceipt]

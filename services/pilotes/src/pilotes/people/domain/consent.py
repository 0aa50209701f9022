"""A person's consent to one pilot, and its record, which the person can export as JSON.

The record follows ISO/IEC TS 27560:2023, with the field names of its tables 1 to 4 as in the W3C
guide: https://w3c.github.io/dpv/guides/consent-27560.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pilotes.disclosure.domain.thresholds import DEFAULT_THRESHOLD, HEALTH_THRESHOLD
from pilotes.identity.domain.person import ConsentMeans
from pilotes.people.domain.capacity import ALONE, Capacity, capacity_json
from pilotes.record.domain.notice import AUTHORITY, AUTHORITY_ADDRESS, Notice
from pilotes.record.domain.readings import ReadingType

SCHEMA: Final = "ISO/IEC TS 27560:2023"
PRIVACY_RIGHTS: Final = (
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "withdrawal",
)
_CONTROLLER: Final = "controller"
_AUTHORITY: Final = "authority"
_COLLECTION_METHODS: Final[Mapping[ConsentMeans, str]] = {
    "account": "page web, personne connectée à son compte",
    "device": "page web, sans compte",
}


@dataclass(frozen=True, slots=True)
class Consent:
    """One period of consent. It is active until `withdrawn_at` is set."""

    record_id: str
    """A UUID."""
    pilot_id: str
    pseudonym: str
    """The person's pseudonym in that pilot, in hexadecimal."""
    given_at: datetime
    notice_version: str
    """The version of the notice that they read."""
    protocol_version: int
    """The version of the protocol in force at that time."""
    means: ConsentMeans
    withdrawn_at: datetime | None = None
    """None until then."""
    lapsed_at: datetime | None = None
    """When the terms changed that they agreed to, or they restricted its use; the consent covers
    nothing from then on. None: it did not lapse."""
    reading: ReadingType = "plain"
    """The reading of the notice that they chose."""
    restricted_at: datetime | None = None
    """When the person restricted the use of what it covered; it lapsed then, or before."""
    capacity: Capacity = ALONE
    """How it was decided."""
    place: str | None = None
    """The code of their place; None if the pilot draws people."""
    arm: str | None = None
    """The arm that was drawn when they first agreed; None unless the pilot draws in blocks. No page
    displays it: the person reads it in their export."""

    @property
    def active(self) -> bool:
        """Whether the person consents now."""
        return not self.ended and self.lapsed_at is None

    @property
    def ended(self) -> bool:
        """Whether the person withdrew it."""
        return self.withdrawn_at is not None

    @property
    def restricted(self) -> bool:
        """Whether what it covered is stored, and not used."""
        return not self.ended and self.restricted_at is not None

    @property
    def to_renew(self) -> bool:
        """Whether the person can agree again, or withdraw."""
        return not self.ended and self.lapsed_at is not None


def consent_record(consent: Consent, notice: Notice, *, withdrawal: str) -> dict[str, Any]:
    """The record of a consent, JSON-ready. `notice`: the version it was given on. `withdrawal`: the
    address of the page on which it can be withdrawn."""
    return {
        "schema_version": SCHEMA,
        "record_id": f"urn:uuid:{consent.record_id}",
        "pii_principal_id": consent.pseudonym,
        "pii_processing": {
            "privacy_notice": {
                "id": f"{notice.pilot_id}:{notice.version}",
                "version": notice.version,
                "reading": consent.reading,
                "sha256": notice.digest,
                "text": notice.content(),
            },
            "language": notice.read_as(consent.reading).language,
            "purposes": [_purpose(each, consent, notice, withdrawal) for each in notice.purposes],
        },
        "party_identification": [
            {
                "party_id": _CONTROLLER,
                "party_name": notice.controller,
                "party_role": "PII controller",
                "party_contact": notice.contact,
            },
            {
                "party_id": _AUTHORITY,
                "party_name": AUTHORITY,
                "party_role": "authority",
                "party_url": AUTHORITY_ADDRESS,
            },
        ],
        "events": consent_events(consent),
    }


def consent_events(consent: Consent) -> list[dict[str, Any]]:
    """The events of the record: the consent was given, then invalidated by new terms, restricted,
    withdrawn."""
    given = {
        "event_time": consent.given_at.isoformat(),
        "event_type": "explicit consent",
        "event_state": "given",
        "entity_id": consent.pseudonym,
        "collection": _COLLECTION_METHODS[consent.means],
        **capacity_json(consent.capacity),
        "protocol_version": consent.protocol_version,
        **({} if consent.place is None else {"place": consent.place}),
        "validity_duration": "until withdrawn, or the end of the pilot",
    }
    changed = consent.lapsed_at != consent.restricted_at
    ends = (
        ("invalidated", consent.lapsed_at if changed else None),
        ("restricted", consent.restricted_at),
        ("withdrawn", consent.withdrawn_at),
    )
    return [
        given,
        *(
            {
                "event_time": at.isoformat(),
                "event_type": "explicit consent",
                "event_state": state,
                "entity_id": consent.pseudonym,
            }
            for state, at in ends
            if at is not None
        ),
    ]


def active_consent(consents: Sequence[Consent]) -> Consent | None:
    """The active period among those of one person in one pilot; None without one."""
    return next((each for each in consents if each.active), None)


def _purpose(purpose: str, consent: Consent, notice: Notice, withdrawal: str) -> dict[str, Any]:
    bases = ["GDPR 6(1)(a)"] + (["GDPR 9(2)(a)"] if notice.health else [])
    return {
        "purpose": purpose,
        "purpose_type": "evaluation of a public service",
        "lawful_basis": bases,
        "pii_information": [
            {
                "pii_type": each,
                "pii_optional": False,
                # Events contain no health records, but they reveal the use of a health service.
                "sensitive_pii_category": notice.health,
                "special_pii_category": notice.health,
            }
            for each in notice.data
        ],
        "pii_controllers": [_CONTROLLER],
        "collection_method": _COLLECTION_METHODS[consent.means],
        "processing_method": "pseudonymised: HMAC-SHA256 with a key of the pilot's own, destroyed "
        f"when it is closed; shares of at least {HEALTH_THRESHOLD} people in care, "
        f"{DEFAULT_THRESHOLD} elsewhere",
        "storage_locations": [notice.storage],
        "retention_period": f"P{notice.retention_days}D after the end of the pilot",
        "processing_locations": [notice.storage],
        "jurisdictions": ["FR", "EU"],
        "recipient_third_parties": list(notice.recipients),
        "withdrawal_method": withdrawal,
        "privacy_rights": list(PRIVACY_RIGHTS),
        "authority_party": _AUTHORITY,
    }

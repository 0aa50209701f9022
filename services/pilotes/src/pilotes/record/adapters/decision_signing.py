"""Decisions and receipts of consents as JWS (RFC 7515, compact, ES256), signed by the first of the
service's keys."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from pilotes.record.domain.decisions import (
    ChainEntry,
    Decision,
    canonical_json,
    jws_hash,
    statement,
)
from socle.auth import ALGORITHM, SigningKeys

_TYPE: Final = "decision+json"
_RECEIPT_TYPE: Final = "consent-receipt+json"


class DecisionSigner:
    """Signs decisions and verifies signed ones."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def sign(self, decision: Decision, *, number: int, previous: str) -> ChainEntry:
        """The decision as a signed entry of the chain. `number`: its position, from 1. `previous`:
        the hash of the entry before it."""
        header = {"alg": ALGORITHM, "kid": self._keys.signing_id, "typ": _TYPE}
        text = statement(decision, number=number, previous=previous)
        signed = jws.serialize_compact(header, text, self._keys.signing, algorithms=[ALGORITHM])
        return ChainEntry(
            number,
            decision.pilot_id,
            decision.kind,
            decision.at,
            signed,
            previous,
            jws_hash(signed),
        )

    def sign_receipt(self, receipt: Mapping[str, Any]) -> str:
        """The receipt of a consent as JWS, by the key that signs decisions."""
        header = {"alg": ALGORITHM, "kid": self._keys.signing_id, "typ": _RECEIPT_TYPE}
        text = canonical_json(receipt)
        return jws.serialize_compact(header, text, self._keys.signing, algorithms=[ALGORITHM])

    def read(self, signed: str) -> Mapping[str, Any] | None:
        """Implements `ReadStatement`: None if the text is no JWS, the signature or its key is not
        one of this service, or the payload is no JSON object."""
        try:
            key = self._keys.by_id.get(str(jws.extract_compact(signed.encode()).headers()["kid"]))
            if key is None:
                return None
            found = jws.deserialize_compact(signed, key, algorithms=[ALGORITHM])
            payload = orjson.loads(found.payload)
        except (JoseError, ValueError, KeyError):
            return None
        return payload if isinstance(payload, dict) else None

"""Decisions as JWS (RFC 7515, compact, ES256), signed by the first of the service's keys."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from pilotes.record.domain.decisions import Entry, Said, hash_of, statement
from socle.auth import ALGORITHM, SigningKeys

_TYPE: Final = "decision+json"


class DecisionSigner:
    """Signs, and reads what it signed."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def sign(self, said: Said, *, number: int, previous: str) -> Entry:
        """The next entry of the chain."""
        header = {"alg": ALGORITHM, "kid": self._keys.signing_id, "typ": _TYPE}
        text = statement(said, number=number, previous=previous)
        signed = jws.serialize_compact(header, text, self._keys.signing, algorithms=[ALGORITHM])
        return Entry(number, said.pilot_id, said.kind, said.at, signed, previous, hash_of(signed))

    def read(self, signed: str) -> Mapping[str, Any] | None:
        """Implements `ReadSigned`."""
        try:
            key = self._keys.by_id.get(str(jws.extract_compact(signed.encode()).headers()["kid"]))
            if key is None:
                return None
            found = jws.deserialize_compact(signed, key, algorithms=[ALGORITHM])
            told = orjson.loads(found.payload)
        except (JoseError, ValueError, KeyError):
            return None
        return told if isinstance(told, dict) else None

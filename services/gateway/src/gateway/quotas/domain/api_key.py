"""An API key: its form, its checksum and its digest."""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.routes.domain.plan_names import PlanName

PREFIX: Final = "rlab_"
ENTROPY_BYTES: Final = 24
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY_LENGTH: Final = 33  # digits of 24 bytes in base 62
_CHECKSUM_LENGTH: Final = 6  # digits of a CRC-32 in base 62
_LENGTH: Final = len(PREFIX) + _BODY_LENGTH + _CHECKSUM_LENGTH


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is stored: never the key itself."""

    id: str
    account: str
    """A random id, which identifies no person."""
    plan: PlanName
    services: frozenset[str] = frozenset()
    """The services it opens; empty for all."""
    expires_at: datetime | None = None


def compose_key(entropy: bytes) -> str:
    """A key of those random bytes, with a prefix that secret scanners recognise and a checksum, so
    that a mistyped one is refused without a lookup.

    Raises ValueError unless there are ENTROPY_BYTES of them.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"{ENTROPY_BYTES} bytes are needed")
    body = _digits(int.from_bytes(entropy), _BODY_LENGTH)
    return PREFIX + body + _checksum(body)


def well_formed(key: str) -> bool:
    """Whether a key has the prefix, the length and the checksum of one."""
    if len(key) != _LENGTH or not key.startswith(PREFIX):
        return False
    body = key[len(PREFIX) : -_CHECKSUM_LENGTH]
    return key[-_CHECKSUM_LENGTH:] == _checksum(body)


def digest(key: str) -> str:
    """The SHA-256 of a key in hexadecimal; with 192 random bits a fast hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _checksum(body: str) -> str:
    return _digits(zlib.crc32((PREFIX + body).encode("utf-8", "surrogatepass")), _CHECKSUM_LENGTH)


def _digits(number: int, count: int) -> str:
    digits = ""
    for _ in range(count):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits

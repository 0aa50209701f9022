"""Codes that people copy from paper: their alphabet, how they are formatted and read.

The alphabet of Crockford's base 32 has no I, L, O or U; the first three are read as the digits they
resemble. https://www.crockford.com/base32.html
"""

import hmac
import re
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS: Final = 5
_MEANT: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN: Final = re.compile(r"[\s.\-–—_]+")

ENROLMENT_LETTERS: Final = 10
"""Length of an enrolment code: 50 bits, of which few codes are in use and none for long."""
PERSONAL_LETTERS: Final = 24
"""Length of a personal code: 120 bits. It is also the participant's cookie."""


def new_code(random_bytes: bytes, letters: int) -> str:
    """A code from random bytes with at least as many bits as its letters. Raises ValueError."""
    if len(random_bytes) * 8 < letters * _BITS:
        raise ValueError("too little chance for that code")
    number = int.from_bytes(random_bytes)
    return "".join(ALPHABET[number >> _BITS * at & 31] for at in range(letters))


def read_code(typed: str, letters: int) -> str | None:
    """The code that was typed; None where it cannot be one."""
    if len(typed) > letters * 4:
        return None
    code = _BETWEEN.sub("", typed).upper().translate(_MEANT)
    complete = len(code) == letters and all(letter in ALPHABET for letter in code)
    return code if complete else None


def format_code(code: str) -> str:
    """The code as it is printed, in groups of four or five."""
    size = 5 if len(code) % 5 == 0 else 4
    return "-".join(code[at : at + size] for at in range(0, len(code), size))


def digest_of_code(key: bytes, code: str) -> bytes:
    """The stored digest of an enrolment code, with a key: the code is short, and a copy of the
    database alone must not allow trying them all."""
    return hmac.digest(key, b"enrolment code:" + code.encode(), "sha256")

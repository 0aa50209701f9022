"""Codes that people copy from paper: which letters they have, how they are shown and read again.

The letters of Crockford's base 32: no I, L, O or U, and whoever writes one of the first three is
understood all the same. https://www.crockford.com/base32.html
"""

import hmac
import re
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS: Final = 5
_MEANT: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN: Final = re.compile(r"[\s.\-–—_]+")

ENROLMENT: Final = 10
"""Letters of the code that lets somebody into a pilot: 50 bits, of which few are in use and none
for long."""
PERSONAL: Final = 24
"""Letters of what a participant without an account is known by: 120 bits, also their cookie."""


def new_code(chance: bytes, letters: int) -> str:
    """A code out of at least as many bits of chance as its letters hold. Raises ValueError."""
    if len(chance) * 8 < letters * _BITS:
        raise ValueError("too little chance for that code")
    number = int.from_bytes(chance)
    return "".join(ALPHABET[number >> _BITS * at & 31] for at in range(letters))


def read_code(typed: str, letters: int) -> str | None:
    """The code somebody meant; None where it cannot be one."""
    if len(typed) > letters * 4:
        return None
    code = _BETWEEN.sub("", typed).upper().translate(_MEANT)
    whole = len(code) == letters and all(letter in ALPHABET for letter in code)
    return code if whole else None


def shown(code: str) -> str:
    """As it is written for people: in groups they can keep in mind."""
    size = 5 if len(code) % 5 == 0 else 4
    return "-".join(code[at : at + size] for at in range(0, len(code), size))


def digest_of_code(key: bytes, code: str) -> bytes:
    """What is kept of an enrolment code. It is short: without the key, a copy of the database would
    be enough to try them all."""
    return hmac.digest(key, b"enrolment code:" + code.encode(), "sha256")

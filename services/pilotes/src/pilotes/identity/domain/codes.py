"""Codes that people copy from paper: their alphabet, how they are formatted and read.

The alphabet of Crockford's base 32 has no I, L, O or U; the first three are read as the digits they
resemble. https://www.crockford.com/base32.html
"""

import hmac
import re
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS: Final = 5
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS: Final = re.compile(r"[\s.\-–—_]+")

ENROLMENT_LETTERS: Final = 10
"""Length of an enrolment code: 50 bits. Few codes are valid at once, and each expires."""
PERSONAL_LETTERS: Final = 24
"""Length of a personal code: 120 bits. It is also the participant's cookie."""


def new_code(random_bytes: bytes, letters: int) -> str:
    """A code of `letters` letters.

    Raises ValueError if `random_bytes` has fewer than 5 bits for each."""
    if len(random_bytes) * 8 < letters * _BITS:
        raise ValueError("not enough random bytes for a code of that length")
    number = int.from_bytes(random_bytes)
    return "".join(ALPHABET[number >> _BITS * at & 31] for at in range(letters))


def read_code(typed: str, letters: int) -> str | None:
    """The code in a typed text, without separators and with lookalikes replaced; None if the rest
    is not a code of `letters` letters, or the text is more than four times as long."""
    if len(typed) > letters * 4:
        return None
    code = _SEPARATORS.sub("", typed).upper().translate(_LOOKALIKES)
    complete = len(code) == letters and all(letter in ALPHABET for letter in code)
    return code if complete else None


def format_code(code: str) -> str:
    """The code as it is printed: in groups of five letters if its length is a multiple of five,
    else of four."""
    size = 5 if len(code) % 5 == 0 else 4
    return "-".join(code[at : at + size] for at in range(0, len(code), size))


def digest_of_code(key: bytes, code: str) -> bytes:
    """The digest of an enrolment code that is stored: HMAC-SHA256. It has a key because the code is
    short: a copy of the database alone must not allow trying them all."""
    return hmac.digest(key, b"enrolment code:" + code.encode(), "sha256")

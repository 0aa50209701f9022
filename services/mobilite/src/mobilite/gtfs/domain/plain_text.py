"""Removes hidden characters from operators' texts.

Control characters break lines, logs and screens; a bidirectional override reverses the text after
it (CVE-2021-42574); zero-width characters make two names look alike; U+FFFE and U+FFFF are in no
XML document. The joiners and marks that languages need stay.
https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
"""

import re
from typing import Final

_BREAKS: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_HIDDEN: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def strip_hidden(text: str) -> str:
    """The text with every line break as \\n and without hidden characters."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub("", _BREAKS.sub("\n", text))


def is_plain(text: str) -> bool:
    """Whether `strip_hidden` leaves the text unchanged."""
    return strip_hidden(text) == text

"""Texts of operators for people, without what is not seen and changes what is.

Control characters break lines, logs and screens; a bidirectional override of one alert turns round
whatever stands after it (CVE-2021-42574); characters of no width make a name that reads like
another. The joiners and marks that languages are written with stay.
https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
"""

import re
from typing import Final

_BREAKS: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_HIDDEN: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    """The text with every break of line as \\n, and without hidden characters."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub("", _BREAKS.sub("\n", text))


def is_plain(text: str) -> bool:
    """Whether a text is just what `plain` makes of it."""
    return plain(text) == text

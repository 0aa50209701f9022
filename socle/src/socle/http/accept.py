"""The media types of an Accept header, with their qualities.

https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final

# Java's own client leaves the zero out.
_QUALITY: Final = re.compile(r"[01](?:\.[0-9]{0,3})?|\.[0-9]{1,3}")


@lru_cache(maxsize=256)
def accepted_media(header: bytes) -> Mapping[str, float]:
    """The quality of each media range, from 0 (refused) to 1, by lower-case name. Other parameters
    of a range are ignored; of a repeated one, the best quality counts."""
    found: dict[str, float] = {}
    for part in header.decode("latin-1").lower().split(","):
        media, *parameters = (each.strip() for each in part.split(";"))
        if media:
            found[media] = max(_quality(parameters), found.get(media, 0.0))
    return found


def best_quality(accepted: Mapping[str, float], media: Collection[str]) -> float | None:
    """The best quality of those media types; None if the header names none of them."""
    return max((accepted[each] for each in media if each in accepted), default=None)


def _quality(parameters: Collection[str]) -> float:
    for each in parameters:
        name, _, value = each.partition("=")
        if name.strip() == "q" and _QUALITY.fullmatch(value.strip()):
            return min(float(value), 1.0)
    return 1.0

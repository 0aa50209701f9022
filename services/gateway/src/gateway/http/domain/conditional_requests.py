"""Conditional requests: whether the caller has the response already.

https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
"""

import re
from typing import Final

from gateway.http.domain.headers import HeaderMap

_TAG: Final = re.compile(rb'(?:W/)?("[^"]*")')


def is_not_modified(by_name: HeaderMap, tag: bytes | None) -> bool:
    """Whether `If-None-Match` contains the tag, by weak comparison (RFC 9110 §13.1.2)."""
    value = by_name.get(b"if-none-match")
    if value is None or tag is None:
        return False
    opaque = tag.removeprefix(b"W/")
    return value.strip() == b"*" or opaque in _TAG.findall(value)

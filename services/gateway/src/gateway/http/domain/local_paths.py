"""Addresses that a browser can be redirected to without leaving the platform."""

import re
from typing import Final

# One slash, then nothing that a browser would read as another site.
_LOCAL_PATH: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_MAX_LENGTH: Final = 4096


def safe_next(path: str | None) -> str:
    """The destination of a redirect that a caller named: `path` if it is a local path, else `/`,
    never another site."""
    if path and len(path) <= _MAX_LENGTH and _LOCAL_PATH.fullmatch(path):
        return path
    return "/"

"""Subscription.channel.header: lines that are sent with each notification.

They often contain a secret of the subscriber. Their values are stored apart and sent to the
endpoint alone: the resource that callers read has `***` instead.
https://hl7.org/fhir/R4/subscription.html#safety
"""

import re
from collections.abc import Sequence
from typing import Final

REDACTED: Final = "***"
_MAX_HEADERS: Final = 20
_MAX_LENGTH: Final = 4096
"""Characters of one line."""
_LINE: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([ -~\t]*)")
"""https://www.rfc-editor.org/rfc/rfc9110#section-5.1"""
_RESERVED: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""What frames or routes a request is the server's."""


def header_problem(line: str) -> str | None:
    """Why a line cannot be sent, as the end of a French sentence; None if it can."""
    match = _LINE.fullmatch(line)
    if len(line) > _MAX_LENGTH or match is None:
        return f"s'écrit « Nom: valeur », en {_MAX_LENGTH} caractères au plus"
    if match[1].lower() in _RESERVED:
        return f"ne peut pas être {match[1]}, que le serveur écrit lui-même"
    return None


def too_many_headers(lines: Sequence[str]) -> bool:
    """Whether there are more lines than a channel can have."""
    return len(lines) > _MAX_HEADERS


def header_pair(line: str) -> tuple[str, str]:
    """Name and value of a line without problem."""
    name, _, value = line.partition(":")
    return name, value.strip()


def redact(line: str) -> str:
    """The line without its value; of one that is no header, nothing remains."""
    return f"{header_pair(line)[0]}: {REDACTED}" if _LINE.fullmatch(line) else REDACTED


def is_redacted(line: str) -> bool:
    """Whether a line has `***` instead of its value."""
    return header_pair(line)[1] == REDACTED


def restore_redacted(lines: Sequence[str], stored: Sequence[str]) -> tuple[str, ...]:
    """The lines, each redacted one with the stored value of its name, or left out without one."""
    values: dict[str, list[str]] = {}
    for each in stored:
        values.setdefault(header_pair(each)[0].lower(), []).append(each)
    found: list[str] = []
    for each in lines:
        if not is_redacted(each):
            found.append(each)
        elif of_name := values.get(header_pair(each)[0].lower()):
            found.append(of_name.pop(0))
    return tuple(found)

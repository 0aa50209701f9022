"""Traces are created, and never changed or deleted through the API."""

from typing import Final

from socle.errors import Refusal

APPEND_ONLY: Final = "AuditEvent"
"""The type of which existing resources stay as they are."""


def change_refused() -> Refusal:
    """The Refusal for a change to an existing one."""
    return Refusal(
        "invalid",
        "Une trace (AuditEvent) ne se modifie pas et ne se supprime pas.",
        rule="method",
        issue="not-supported",
        allow="GET, HEAD, POST",
    )

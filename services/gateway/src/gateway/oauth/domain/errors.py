"""Errors in OAuth's form (RFC 6749 §4.1.2.1 and §5.2)."""

from typing import Literal

ErrorCode = Literal[
    "access_denied",
    "consent_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
]


class Denied(Exception):
    """An OAuth error: its code, and a French sentence for the application's author."""

    def __init__(self, error: ErrorCode, description: str) -> None:
        super().__init__(description)
        self.error: ErrorCode = error
        self.description = description

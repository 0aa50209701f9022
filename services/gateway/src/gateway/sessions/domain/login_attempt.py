"""A login in progress, between the redirect to a provider and the callback."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login in progress."""

    provider: str
    """The id of the provider."""
    state: str
    nonce: str
    verifier: str
    """The PKCE code verifier."""
    next: str
    """The local path to go to afterwards."""

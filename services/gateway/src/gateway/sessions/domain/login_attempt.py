"""A login in progress, between the redirect to a provider and the callback."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login in progress. `next`: the local path to go to afterwards."""

    provider: str
    state: str
    nonce: str
    verifier: str
    next: str

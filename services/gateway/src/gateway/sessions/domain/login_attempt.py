"""One login under way, between the redirection to a provider and the way back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """One login under way. `next`: where to go afterwards, a path of ours."""

    provider: str
    state: str
    nonce: str
    verifier: str
    next: str

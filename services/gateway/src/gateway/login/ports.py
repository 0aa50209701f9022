"""What logging in asks of the outside: the providers, and where sessions are kept."""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.authentication.domain.provider import Provider
from gateway.authentication.domain.provider_metadata import Metadata


class OpenId(Protocol):
    """The OpenID providers, as a client of theirs speaks to them.

    Every call raises Refusal("unavailable") when the provider cannot be asked, and
    Refusal("unauthenticated") for an answer that is not to be believed.
    """

    async def metadata(self, provider: Provider) -> Metadata:
        """What it says of itself, kept."""
        ...

    async def exchange(
        self, provider: Provider, *, code: str, verifier: str, redirect_uri: str
    ) -> tuple[str, str]:
        """A code against an ID token and an access token."""
        ...

    async def claims(self, provider: Provider, token: str) -> Mapping[str, Any]:
        """The claims of a token that provider signed with an algorithm it may use."""
        ...

    async def userinfo(self, provider: Provider, access_token: str) -> Mapping[str, Any]:
        """What it says of the person, in the form that provider is known to use."""
        ...

"""What login needs of the outside: the OpenID providers."""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.authentication.domain.provider import Provider
from gateway.authentication.domain.provider_metadata import Metadata


class OpenId(Protocol):
    """A client of OpenID providers.

    Every call raises Refusal("unavailable") if the provider is unreachable, and
    Refusal("unauthenticated") for an invalid response.
    """

    async def metadata(self, provider: Provider) -> Metadata:
        """Its discovery document, cached."""
        ...

    async def exchange(
        self, provider: Provider, *, code: str, verifier: str, redirect_uri: str
    ) -> tuple[str, str]:
        """Exchange a code for an ID token and an access token.

        `verifier`: the PKCE code verifier. `redirect_uri`: that of the authorization request.
        """
        ...

    async def claims(self, provider: Provider, token: str) -> Mapping[str, Any]:
        """The claims of a token signed by the provider with one of its algorithms; the claims
        themselves are not checked."""
        ...

    async def userinfo(self, provider: Provider, access_token: str) -> Mapping[str, Any]:
        """The claims of the userinfo endpoint; empty if the provider has none.

        They are verified if the provider is configured to sign or encrypt them.
        """
        ...

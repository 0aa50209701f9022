"""The dependencies that the flows of the authorization server share."""

import secrets
from dataclasses import dataclass

from gateway.authentication.ports import Revocations
from gateway.oauth.ports import AccessTokens, ClientKeys, Clients, ConsentStore, Grants
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """The authorization server. `public`: the platform's address; `clock`: the system clock, which
    applications use too."""

    clients: Clients
    client_keys: ClientKeys
    consents: ConsentStore
    grants: Grants
    tokens: AccessTokens
    revocations: Revocations
    clock: Clock
    public: str

    @property
    def fhir(self) -> str:
        """The FHIR base."""
        return self.public + "/fhir"

    @property
    def token_endpoint(self) -> str:
        """The token endpoint."""
        return self.public + "/auth/token"


def new_secret() -> str:
    """A code, token or ticket: 256 random bits."""
    return secrets.token_urlsafe(32)

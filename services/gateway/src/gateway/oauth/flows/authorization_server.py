"""The dependencies that the flows of the authorization server share."""

import secrets
from dataclasses import dataclass

from gateway.authentication.ports import Revocations
from gateway.oauth.ports import (
    AccessTokens,
    CaredRecords,
    ClientKeys,
    Clients,
    ConsentStore,
    Grants,
)
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """The dependencies of the authorization server."""

    clients: Clients
    client_keys: ClientKeys
    consents: ConsentStore
    grants: Grants
    tokens: AccessTokens
    revocations: Revocations
    cared_records: CaredRecords
    clock: Clock
    """The system clock, which applications use too, even if the platform's time is simulated."""
    public: str
    """The platform's address, without a final slash."""

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

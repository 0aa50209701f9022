"""What the authorization server of the platform is made of: the needs its flows share."""

import secrets
from dataclasses import dataclass

from gateway.authentication.ports import Revocations
from gateway.oauth.ports import AccessTokens, ClientKeys, Clients, ConsentStore, Grants
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """`public`: where callers reach the platform. Times are the machine's, whatever the
    platform's clock tells: applications hold tokens to theirs."""

    clients: Clients
    keys: ClientKeys
    decisions: ConsentStore
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
    def token_address(self) -> str:
        """Where applications exchange what they have for tokens."""
        return self.public + "/auth/token"


def new_secret() -> str:
    """A code, a token, a ticket: 256 bits of chance."""
    return secrets.token_urlsafe(32)

"""The clients of the issuer, in a file that its operator writes; it is read again at each use.

    {"realm": [{"client_id": …, "redirect_uris": […], "jwks": {"keys": […]}, …}]}

The members are those of OpenID Connect Dynamic Client Registration 1.0 §2, and two more:
`audience`, the `aud` of its access tokens, and `impersonates`, which lets it get a token for any
account without a login (a tool of the launcher).
"""

import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ["ES256", "ES384", "RS256", "RS384", "PS256"]
_MAX_LIFETIME = 600  # seconds


@dataclass(frozen=True, slots=True)
class Client:
    """One client of one realm; its fields are members of the file (see above), empty if absent."""

    client_id: str
    client_secret: str = ""
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    frontchannel_logout_uri: str = ""
    userinfo_signed_response_alg: str = ""
    userinfo_encrypted_response_alg: str = ""
    jwks: dict[str, Any] = field(default_factory=dict)
    audience: str = ""
    impersonates: bool = False

    def has_secret(self, secret: str) -> bool:
        """Whether that is its secret (RFC 6749 §2.3.1)."""
        return bool(self.client_secret) and hmac.compare_digest(
            self.client_secret.encode(), secret.encode()
        )

    def verify_assertion(
        self, assertion: str, audiences: tuple[str, ...], now: float
    ) -> str | None:
        """The `jti` of a valid assertion of this client (RFC 7523 §3); None if it is invalid.

        `audiences`: its `aud` must contain one of them. `now`: POSIX seconds.
        """
        try:
            keys = KeySet.import_key_set(self.jwks)  # type: ignore[arg-type]
            claims = jwt.decode(assertion, keys, algorithms=_ALGORITHMS).claims
            declared = claims["aud"]
            own = set(declared if isinstance(declared, list) else [declared]) & set(audiences)
            is_issuer = claims["iss"] == claims["sub"] == self.client_id
            if not (own and is_issuer and now < claims["exp"] <= now + _MAX_LIFETIME):
                return None
            return str(claims["jti"])
        except (JoseError, KeyError, ValueError, TypeError):
            return None


class Clients:
    """The file of clients."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, realm: str, client_id: str) -> Client | None:
        """The client of that id in that realm; None if there is none."""
        return next((c for c in self.list(realm) if c.client_id == client_id), None)

    def list(self, realm: str) -> list[Client]:
        """Every client of a realm; none without a file."""
        if not self._path.exists():
            return []
        declared = json.loads(self._path.read_text("utf-8")).get(realm, [])
        return [_client(each) for each in declared]


def _client(declared: dict[str, Any]) -> Client:
    lists = ("redirect_uris", "post_logout_redirect_uris")
    values: dict[str, Any] = {n: tuple(v) if n in lists else v for n, v in declared.items()}
    return Client(**values)

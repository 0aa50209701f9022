"""The signing keys of each realm, in a file: the newest signs, the previous one still verifies."""

import json
import secrets
from base64 import urlsafe_b64decode
from functools import lru_cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from embedded.folder import write_atomically
from embedded.issuer.realms import Realm

_MAX_KEYS = 2


class Signer:
    """Signs and verifies the tokens of one realm. Tests derive dishonest issuers from it."""

    def __init__(self, realm: Realm, folder: Path) -> None:
        self.realm, self._path = realm, folder / f"{realm.name}.keys.json"
        if self._path.exists():
            jwks = json.loads(self._path.read_text())["keys"]
            self._keys: list[Key] = [_import(json.dumps(each)) for each in jwks]
        else:
            self._keys = []
            self.rotate()

    def rotate(self) -> None:
        """Generate a new key, which signs from now on; only the previous one still verifies."""
        self._keys = [self._new(), *self._keys][:_MAX_KEYS]
        jwks = [key.as_dict(private=True) for key in self._keys]
        self._path.touch(mode=0o600)
        write_atomically(self._path, json.dumps({"keys": jwks}))
        self._path.chmod(0o600)

    def sign(self, claims: dict[str, Any], *, typ: str = "JWT") -> str:
        """A signed token; `typ` is its header parameter (RFC 7515)."""
        key = self._keys[0]
        algorithm = self.realm.algorithm
        header = {"alg": algorithm, "kid": key.kid, "typ": typ}
        return jwt.encode(header, claims, key, algorithms=[algorithm])

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token that a key of this realm signed, expired or not.

        Raises JoseError or ValueError.
        """
        algorithm = self.realm.algorithm
        kid = json.loads(_padded(token.split(".")[0])).get("kid")
        key = next((key for key in self._keys if key.kid == kid), self._keys[0])
        return dict(jwt.decode(token, key, algorithms=[algorithm]).claims)

    @property
    def public(self) -> dict[str, Any]:
        """The public JWKS (RFC 7517)."""
        jwks = [key.as_dict(private=False) for key in self._keys]
        return {"keys": [each | {"use": "sig", "alg": self.realm.algorithm} for each in jwks]}

    def _new(self) -> Key:
        parameters: Any = {"kid": secrets.token_hex(8)}
        if self.realm.algorithm.startswith("ES"):
            return ECKey.generate_key("P-256", parameters)
        return RSAKey.generate_key(2048, parameters)


@lru_cache(maxsize=16)
def _import(text: str) -> Key:
    """The key of a JWK (RFC 7517). Cached: to check an RSA key takes 40 ms of processor."""
    jwk = json.loads(text)
    key_class: Any = ECKey if jwk["kty"] == "EC" else RSAKey
    key: Key = key_class.import_key(jwk)
    return key


def _padded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))

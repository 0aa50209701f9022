"""A service's own keys: a private JWKS (RFC 7517) in a file. The first signs, all verify.

To rotate, put a new key first and leave the old ones until their tokens have expired.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from socle.auth.caller import ALGORITHM
from socle.errors import Refusal

_CURVE = "P-256"


class SigningKeys:
    """The keys of a service that signs tokens."""

    def __init__(self, keys: Mapping[str, ECKey]) -> None:
        """`keys`: private keys by `kid`, one at least; the first signs."""
        self.signing_id, self.signing = next(iter(keys.items()))
        """The `kid` of the current key, and that key."""
        self.by_id = keys
        """All keys by `kid`."""
        public_keys = [key.as_dict(private=False) | {"kid": kid} for kid, key in keys.items()]
        self.public: dict[str, Any] = {
            "keys": [each | {"use": "sig", "alg": ALGORITHM} for each in public_keys]
        }
        """The public JWKS of all keys."""


def read_signing_keys(path: Path, *, variable: str) -> SigningKeys:
    """Read the private JWKS in that file. `variable`: the setting that names it, for the message.

    Raises Refusal("invalid") if it cannot be read or holds anything but usable keys; the message
    never contains key material.
    """
    try:
        listed = orjson.loads(path.read_bytes())["keys"]
        keys = {str(each["kid"]): ECKey.import_key(each) for each in listed}
        usable = keys and all(key.is_private and key.curve_name == _CURVE for key in keys.values())
    except OSError as error:
        raise Refusal("invalid", f"{variable} : {path} est illisible ({error.strerror}).") from None
    except (ValueError, KeyError, TypeError, JoseError):
        usable = False
    if not usable:
        raise Refusal(
            "invalid", f"{variable} : {path} doit contenir un JWKS de clés privées EC {_CURVE}."
        )
    return SigningKeys(keys)

"""Access tokens as issuers write them, and as nobody should: real keys, real signatures."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from socle.auth import SigningKeys

PUBLIC = "https://region.example.org"
AUDIENCE = f"{PUBLIC}/fhir"
STRANGER = ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)


def own_claims(**changes: Any) -> dict[str, Any]:
    """What the door's own access token says (RFC 9068); None leaves a claim out."""
    now = int(time.time())
    body = {
        "iss": PUBLIC,
        "aud": [AUDIENCE, PUBLIC],
        "sub": "p-1",
        "role": "professional",
        "client_id": "app",
        "scope": "user/*.rs",
        "jti": "t-1",
        "grant": "g-1",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def made(key: Any, header: Mapping[str, Any], claims: Any) -> str:
    """A token rightly signed, whatever its header says: no library would write some of them."""
    plain = jws.serialize_compact(
        {"alg": header["alg"]}, b"x", key, algorithms=[str(header["alg"])]
    )
    assert plain
    signing = f"{part(header)}.{part(claims)}".encode()
    algorithm = jws.JWSRegistry.algorithms[str(header["alg"])]
    signature = base64.urlsafe_b64encode(algorithm.sign(signing, key)).rstrip(b"=")
    return (signing + b"." + signature).decode()


def own_token(keys: SigningKeys, claims: Mapping[str, Any] | None = None, **header: Any) -> str:
    """An access token of the door's own; with claims or a header that may be wrong."""
    body = {"alg": "ES256", "kid": keys.signing_id, "typ": "at+jwt"} | header
    return made(keys.signing, body, claims or own_claims())


def bad_own_tokens(keys: SigningKeys, role: str = "professional") -> dict[str, str]:
    """Every way a token of the door's own can be wrong, by name, were it right that of a person of
    that role. "revoked" has the jti `gone`."""
    now, kid = int(time.time()), keys.signing_id
    good = own_token(keys, own_claims(role=role))
    public = keys.signing.as_dict(private=False)
    secret = OctKey.import_key(json.dumps(public))

    def with_claims(**changes: Any) -> str:
        return own_token(keys, own_claims(**({"role": role} | changes)))

    def headed(**header: Any) -> str:
        return own_token(keys, own_claims(role=role), **header)

    def by(key: Any, **header: Any) -> str:
        return made(key, header, own_claims(role=role))

    return {
        "garbage": "x",
        "empty": "",
        "three garbage parts": "a.b.c",
        "brackets without end": "WyJhbGciXVtb." + "W1tb" * 1500 + ".x",
        "alg none": f"{part({'alg': 'none', 'kid': kid})}.{part(own_claims(role=role))}.",
        "alg HS256 with the public key": by(secret, alg="HS256", kid=kid, typ="at+jwt"),
        "alg RS256": by(RSA, alg="RS256", kid=kid, typ="at+jwt"),
        "unknown kid": headed(kid="k9"),
        "no kid": by(keys.signing, alg="ES256", typ="at+jwt"),
        "kid of another kind": headed(kid=[kid]),
        "other key": by(STRANGER, alg="ES256", kid=kid, typ="at+jwt"),
        "crit": headed(crit=["exp"], exp=now + 60),
        "jwk": headed(jwk=public),
        "jku": headed(jku="http://127.0.0.1:1/jwks"),
        "x5u": headed(x5u="http://127.0.0.1:1/x"),
        "x5c": headed(x5c=["MIIB"]),
        "oversized": with_claims(more="x" * 8192),
        "expired": with_claims(iat=now - 700, nbf=now - 700, exp=now - 1),
        "future": with_claims(iat=now + 300, nbf=now + 300, exp=now + 600),
        "no expiry": with_claims(exp=None),
        "expiry in words": with_claims(exp="tomorrow"),
        "expiry without end": with_claims(exp=1e400),
        "no iat": with_claims(iat=None),
        "other audience": with_claims(aud="https://elsewhere.example.org"),
        "no audience": with_claims(aud=None),
        "other issuer": with_claims(iss="https://elsewhere.example.org"),
        "no issuer": with_claims(iss=None),
        "issuer of another kind": with_claims(iss=[PUBLIC]),
        "an ID token": own_token(keys, own_claims(role=role, aud="app"), typ="JWT"),
        "an inward token": with_claims(iss="regionlab-gateway", aud="mobilite"),
        "not at+jwt": headed(typ="JWT"),
        "no jti": with_claims(jti=None),
        "no subject": with_claims(sub=None),
        "no role": with_claims(role=None),
        "role house": with_claims(role="house"),
        "role anonymous": with_claims(role="anonymous"),
        "role of another kind": with_claims(role=["professional"]),
        "tampered": ".".join((good.split(".")[0], part(own_claims(sub="p-2")), good.split(".")[2])),
        "signature cut": good[:-4],
        "revoked": with_claims(jti="gone"),
        "revoked with its grant": with_claims(jti="t-9", grant="gone"),
    }

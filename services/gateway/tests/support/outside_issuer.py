"""A trusted outside issuer: the part of an OpenID provider that a resource server uses, its tokens,
and invalid ones."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from gateway_world import KEYS
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from token_makers import RSA, STRANGER, made, part

from gateway.authentication.adapters.bearer_tokens import BearerTokenVerifier
from gateway.authentication.adapters.provider_documents import ProviderDocuments
from gateway.authentication.adapters.providers_file import read_providers
from gateway.sessions.domain.session import pseudonym
from socle.http import Receive, Scope, Send

AUDIENCE, SECRET = "region-lab-api", b"k" * 32
PLATFORM = "https://region.example.org"
ODD = "/.well-known/wallet-openid-configuration"
EC, ED = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")
ROLES_THERE = {
    "coordinator": "coordination",
    "professional": "soin",
    "patient": "patient",
    "traveller": "voyageur",
    "integrator": "editeur",
}
FILE = """
[[provider]]
id = "psc"
label = "Un fournisseur"
issuer = "{base}/realm"
discovery = "{base}/realm{odd}"
client_id = "region-lab"
role_claim = "realm_access.roles"
role_values = {{ {values} }}
acr = ["eidas2", "eidas3"]
algorithms = ["RS256", "PS256", "ES256", "Ed25519"]
bearer_audience = "region-lab-api"
organisation_claim = "org"
profession_claim = "SubjectRefPro.exercices.codeProfession"
"""


@dataclass
class Issuer:
    """The part of an OpenID provider that a resource server uses.

    `request_counts`: by path. `role`: of the person of its tokens.
    """

    base: str = ""
    keys: dict[str, Any] = field(default_factory=lambda: {"rsa": RSA, "ec": EC, "ed": ED})
    issuer: str | None = None
    answer: bytes | None = None
    status: int = 200
    request_counts: dict[str, int] = field(default_factory=dict)
    role: str = "coordinator"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.request_counts[path] = self.request_counts.get(path, 0) + 1
        payload: Any = {}
        if path == "/realm" + ODD:
            payload = {
                "issuer": self.issuer or f"{self.base}/realm",
                "jwks_uri": f"{self.base}/keys",
                "authorization_endpoint": "https://elsewhere.example.org/authorize",
                "token_endpoint": f"{self.base}/token",
            }
        elif path == "/keys":
            payload = {
                "keys": [
                    key.as_dict(private=False) | {"kid": kid, "use": "sig"}
                    for kid, key in self.keys.items()
                ]
            }
        body = orjson.dumps(payload) if self.answer is None else self.answer
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        payload = {
            "iss": f"{self.base}/realm",
            "aud": [AUDIENCE, "account"],
            "sub": "f:1:dupont",
            "azp": "tableau-de-bord",
            "scope": "openid pilotes/read",
            "acr": "eidas2",
            "realm_access": {"roles": [ROLES_THERE[self.role]]},
            "org": "finess",
            "iat": now,
            "exp": now + 120,
        }
        return {name: value for name, value in (payload | changes).items() if value is not None}

    def token(self, key: Any = RSA, alg: str = "RS256", kid: Any = "rsa", **changes: Any) -> str:
        return made(key, {"alg": alg, "kid": kid, "typ": "JWT"}, self.claims(**changes))


def bad_outside_tokens(issuer: Issuer) -> dict[str, str]:
    now, good = int(time.time()), issuer.token()
    secret = OctKey.import_key(json.dumps(RSA.as_dict(private=False)))
    plain = {"alg": "RS256", "kid": "rsa"}

    def headed(**header: Any) -> str:
        return made(RSA, plain | header, issuer.claims())

    return {
        "alg none": f"{part({'alg': 'none', 'kid': 'rsa'})}.{part(issuer.claims())}.",
        "alg HS256 with the public key": issuer.token(secret, "HS256"),
        "an algorithm not listed": issuer.token(RSA, "RS512"),
        "an algorithm of another key": issuer.token(EC, "ES256", "rsa"),
        "unknown kid": issuer.token(kid="k9"),
        "no kid": made(RSA, {"alg": "RS256"}, issuer.claims()),
        "kid of another kind": issuer.token(kid=["rsa"]),
        "other key": issuer.token(RSAKey.generate_key(2048)),
        "crit": headed(crit=["exp"], exp=now + 60),
        "jwk": headed(jwk=RSA.as_dict(private=False)),
        "jku": headed(jku=f"{issuer.base}/keys"),
        "oversized": issuer.token(more="x" * 8192),
        "expired": issuer.token(iat=now - 300, exp=now - 61),
        "future": issuer.token(iat=now + 120),
        "not before": issuer.token(nbf=now + 120),
        "no expiry": issuer.token(exp=None),
        "no iat": issuer.token(iat=None),
        "other audience": issuer.token(aud="account"),
        "its ID token": issuer.token(aud="region-lab"),
        "low acr": issuer.token(acr="eidas1"),
        "no acr": issuer.token(acr=None),
        "no audience": issuer.token(aud=None),
        "no subject": issuer.token(sub=None),
        "other issuer": issuer.token(iss="https://elsewhere.example.org"),
        "another realm": issuer.token(iss=f"{issuer.base}/other"),
        "our issuer": issuer.token(iss=PLATFORM, aud=PLATFORM),
        "signed by us": made(
            KEYS.signing, {"alg": "ES256", "kid": KEYS.signing_id}, issuer.claims()
        ),
        "signed by a stranger": issuer.token(STRANGER, "ES256", "ec"),
        "signature cut": good[:-8],
    }


def trusting(issuer: Issuer, folder: Path, documents: ProviderDocuments) -> BearerTokenVerifier:
    """A verifier of the gateway's tokens and that issuer's, configured by a providers file."""
    file = folder / "providers.toml"
    values = ", ".join(f'{there} = "{role}"' for role, there in ROLES_THERE.items())
    file.write_text(FILE.format(base=issuer.base, odd=ODD, values=values), "utf-8")
    return BearerTokenVerifier(
        KEYS,
        issuer=PLATFORM,
        audiences=(PLATFORM, f"{PLATFORM}/fhir"),
        providers=read_providers(file),
        keys=documents,
        pseudonym=lambda issuer, subject: pseudonym(SECRET, issuer, subject),
    )

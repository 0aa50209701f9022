"""A person's browser and a client of the issuer, over HTTP."""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from joserfc.jwk import ECKey, KeySet, RSAKey

BACK = "http://127.0.0.1:9/retour"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SIGNATURE = ECKey.generate_key("P-256", {"kid": "s", "use": "sig"})
ENCRYPTION = RSAKey.generate_key(2048, {"kid": "e", "use": "enc"})
PORTAL = {"client_id": "portail", "client_secret": "s3cret", "redirect_uris": [BACK]}
CLIENTS: dict[str, list[dict[str, Any]]] = {
    "professionnels": [
        PORTAL | {"userinfo_signed_response_alg": "RS256"},
        {
            "client_id": "chiffré",
            "redirect_uris": [BACK],
            "userinfo_encrypted_response_alg": "RSA-OAEP-256",
            "jwks": {"keys": [SIGNATURE.as_dict(private=False), ENCRYPTION.as_dict(private=False)]},
        },
    ],
    "citoyens": [
        PORTAL | {"post_logout_redirect_uris": [BACK], "frontchannel_logout_uri": BACK + "/f"},
        {"client_id": "outil", "client_secret": "o", "audience": "api", "impersonates": True},
    ],
    "coordination": [PORTAL],
    "partenaires": [
        {
            "client_id": "partenaire",
            "jwks": {"keys": [SIGNATURE.as_dict(private=False)]},
            "audience": "api",
        }
    ],
}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """RFC 6749 §2.3.1."""
    pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"authorization": f"Basic {pair}"}


@dataclass
class Person:
    """A browser of a few lines, and the client it comes from."""

    http: aiohttp.ClientSession
    base: str

    async def request_authorization(
        self, realm: str, **parameters: str
    ) -> tuple[str, dict[str, str]]:
        """Go to the authorization endpoint: the page, or what came back to the client."""
        verifier = parameters.pop("verifier", "v" * 43)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "client_id": "portail",
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid",
            "state": "s" * 32,
            "nonce": "n" * 32,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        } | parameters
        query = {name: value for name, value in query.items() if value}
        return await self._answer("GET", f"{self.base}/{realm}/authorize", params=query)

    async def choose(self, realm: str, page: str, account: str) -> dict[str, str]:
        """Press an account's button: what came back to the client."""
        found = re.search(r'name="request" value="([^"]+)"', page)
        assert found, page
        parameters = {"request": found[1], "account": account}
        return (await self._answer("POST", f"{self.base}/{realm}/login", data=parameters))[1]

    async def log_in(self, realm: str, account: str, **parameters: str) -> dict[str, str]:
        page, _ = await self.request_authorization(realm, **parameters)
        return await self.choose(realm, page, account)

    async def _answer(self, method: str, url: str, **more: Any) -> tuple[str, dict[str, str]]:
        async with self.http.request(method, url, allow_redirects=False, **more) as answer:
            back = urlsplit(answer.headers.get("location", ""))
            parameters = {name: values[0] for name, values in parse_qs(back.query).items()}
            return await answer.text(), parameters

    async def token(self, realm: str, **parameters: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint, with the client's secret unless an assertion is given."""
        headers = {} if "client_assertion" in parameters else basic("portail", "s3cret")
        url = f"{self.base}/{realm}/token"
        async with self.http.post(url, data=parameters, headers=headers) as answer:
            return answer.status, await answer.json()

    async def exchange(
        self, realm: str, code: str, **parameters: str
    ) -> tuple[int, dict[str, Any]]:
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        return await self.token(realm, **(grant | {"code_verifier": "v" * 43} | parameters))

    async def keys(self, realm: str) -> KeySet:
        async with self.http.get(f"{self.base}/{realm}/jwks") as answer:
            return KeySet.import_key_set(await answer.json())

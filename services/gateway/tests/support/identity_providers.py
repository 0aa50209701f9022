"""Providers of the tests: the embedded issuer, with correct or altered tokens."""

import json
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from login_world import Browser, LoginWorld, Page

pytest.importorskip("embedded", reason="needs the issuer that comes with the house")

from embedded.issuer.clients import Clients
from embedded.issuer.keys import Signer
from embedded.issuer.realms import REALMS
from embedded.issuer.server import serving
from socle.testing import free_port

SECRET = "s3cret-of-the-gateway"
Altered = dict[str, Any]


class LyingSigner(Signer):
    """Signs as the realm does, with the changes of a test in ID tokens."""

    claims: Altered | None = None
    header: Altered | None = None
    key: Any = None

    def sign(self, claims: dict[str, Any], *, typ: str = "JWT") -> str:
        lies = (self.claims, self.header, self.key)
        if not any(each is not None for each in lies) or "nonce" not in claims:
            return super().sign(claims, typ=typ)
        changed = {k: v for k, v in (claims | (self.claims or {})).items() if v is not None}
        own = self._keys[0]
        header = {"alg": self.realm.algorithm, "kid": own.kid, "typ": typ} | (self.header or {})
        header = {k: v for k, v in header.items() if v is not None}
        return jwt.encode(header, changed, self.key or own, algorithms=[header["alg"]])


@dataclass
class EmbeddedIssuer:
    """The embedded issuer, started in this process. `realm`: the realm of the test."""

    folder: Path
    stack: AsyncExitStack
    gateway_port: int
    port: int = field(default_factory=free_port)
    signers: dict[str, LyingSigner] = field(default_factory=dict)
    running: AsyncExitStack | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def toml(self, realm: str, **more: str) -> str:
        """The `[[provider]]` of a realm; `more` are lines that replace or add."""
        lines = {
            "id": f'"{realm}"',
            "label": f'"{REALMS[realm].label}"',
            "issuer": f'"{self.base}/{realm}"',
            "discovery": f'"{self.base}/{realm}/{REALMS[realm].discovery}"',
            "client_id": '"regionlab"',
            "algorithms": f'["{REALMS[realm].algorithm}"]',
        }
        lines |= {
            "professionnels": {
                "role": '"professional"',
                "client_keys_file": '"client-keys.json"',
                "acr": '["eidas1"]',
                "userinfo": '"jwe"',
                "organisation_claim": '"SubjectOrganizationID"',
                "practitioner_claim": '"SubjectNameID"',
                "profession_claim": '"SubjectRefPro.exercices.codeProfession"',
            },
            "citoyens": {
                "role_claim": '"roles"',
                "role_values": '{patient = "patient", traveller = "traveller"}',
                "client_secret_file": '"client.secret"',
                "acr": '["eidas1", "eidas2"]',
                "patient_claim": '"patient"',
            },
            "coordination": {
                "role_claim": '"realm_access.roles"',
                "role_values": '{coordinator = "coordinator"}',
                "client_secret_file": '"client.secret"',
                "userinfo": '"jwt"',
            },
        }[realm]
        lines |= more
        return "[[provider]]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items()) + "\n"

    async def start(self) -> "EmbeddedIssuer":
        self._write_clients()
        for name, realm in REALMS.items():
            key_file = self.folder / f"{name}.keys.json"
            if not key_file.exists():
                key_file.write_text(_keys_of(name))
            self.signers.setdefault(name, LyingSigner(realm, self.folder))
        self.running = AsyncExitStack()
        clients = Clients(self.folder / "clients.json")
        await self.running.enter_async_context(serving(self.signers, clients, self.port))
        self.stack.push_async_callback(self.stop)
        return self

    async def stop(self) -> None:
        if self.running is not None:
            await self.running.aclose()
            self.running = None

    async def log_in(self, browser: Browser, page: Page, account: str) -> Page:
        """Choose an account on the issuer's page; returns the page after the redirects."""
        return await browser.submit(page, account=account)

    def _write_clients(self) -> None:
        public = f"http://127.0.0.1:{self.gateway_port}"
        (self.folder / "client.secret").write_text(SECRET)
        keys = [_rsa("sig"), _rsa("enc")]
        body = [key.as_dict(private=True) for key in keys]
        (self.folder / "client-keys.json").write_text(json.dumps({"keys": body}))
        public_keys = {"keys": [key.as_dict(private=False) for key in keys]}

        def client(realm: str, **more: Any) -> dict[str, Any]:
            return {
                "client_id": "regionlab",
                "redirect_uris": [f"{public}/auth/callback/{realm}"],
                "post_logout_redirect_uris": [f"{public}/auth/logout"],
                "backchannel_logout_uri": f"{public}/auth/backchannel-logout/{realm}",
                "frontchannel_logout_uri": f"{public}/auth/frontchannel-logout/{realm}",
            } | more

        sealed = {"userinfo_encrypted_response_alg": "RSA-OAEP-256", "jwks": public_keys}
        clients = {
            "professionnels": [client("professionnels", **sealed)],
            "citoyens": [client("citoyens", client_secret=SECRET)],
            "coordination": [
                client("coordination", client_secret=SECRET, userinfo_signed_response_alg="RS256")
            ],
        }
        (self.folder / "clients.json").write_text(json.dumps(clients))


@cache
def _keys_of(realm: str) -> str:
    """Cached: generating a key takes a tenth of a second."""
    with TemporaryDirectory() as folder:
        Signer(REALMS[realm], Path(folder))
        return Path(folder, f"{realm}.keys.json").read_text()


@cache
def _rsa(use: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": use})


@dataclass
class AtCitizens:
    """The embedded issuer's realm of citizens, with the interface of the tests' providers."""

    server: EmbeddedIssuer
    name: str = "citoyens"

    @property
    def gateway_port(self) -> int:
        return self.server.gateway_port

    def toml(self, folder: Path, **more: str) -> str:
        return self.server.toml(self.name, **more)

    async def log_in(self, browser: Browser, page: Page, person: str) -> Page:
        return await self.server.log_in(browser, page, person)

    def is_login_page(self, page: Page) -> bool:
        """Whether that is the provider's login page."""
        return "Choisissez un compte" in page.text

    async def end_sessions(self, lab: LoginWorld, browser: Browser, person: str) -> None:
        """Log out at the provider itself, which notifies its clients by the back channel."""
        await browser.go(f"{self.server.base}/{self.name}/logout")

    async def rotate(self) -> None:
        self.server.signers[self.name].rotate()

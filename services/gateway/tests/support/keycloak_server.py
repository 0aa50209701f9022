"""A real Keycloak with the realm that is deployed (`deploy/keycloak`), kept as operators do."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from login_world import Browser, LoginWorld, Page

pytest.importorskip("embedded", reason="needs what starts Keycloak")

from socle.testing import free_port

REALM = Path(__file__).parents[4] / "deploy" / "keycloak" / "regionlab-realm.json"
SECRET, ADMIN, PASSWORD = "the-gateway-s-own", "admin", "an-admin-of-a-test"
PEOPLE = {"marc": ("Marc", "Modèle", "traveller"), "lucie": ("Lucie", "Exemple", "patient")}
_CANNOT = 69  # sysexits' EX_UNAVAILABLE


@contextmanager
def keycloak(folder: Path) -> Iterator["Keycloak"]:
    """Start it; skips the test, by name, where it cannot be had."""
    (folder / "import").mkdir(parents=True)
    shutil.copy(REALM, folder / "import")
    gateway = free_port()
    body = {
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
        "REGIONLAB_KEYCLOAK_CLIENT_SECRET": SECRET,
        "REGIONLAB_PUBLIC": f"http://127.0.0.1:{gateway}",
        "REGIONLAB_INSIDE": f"http://127.0.0.1:{gateway}",
        "REGIONLAB_PARTNER_JWKS": f"http://127.0.0.1:{gateway}/none",
    }
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded", "keycloak", "--data", str(folder)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | body,
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                log.seek(0)
                message = log.read()[-2000:]
                if (
                    process.wait(timeout=60) == _CANNOT
                    and "Keycloak n'a pas démarré" not in message
                ):
                    pytest.skip(f"needs Keycloak: {message}")
                raise AssertionError(message)
            yield Keycloak(json.loads(line)["address"], gateway)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=30)
            process.stdout.close()


@dataclass
class Keycloak:
    """One that runs. `gateway_port`: where its realm expects the gateway."""

    base: str
    gateway_port: int
    name: str = "keycloak"

    @property
    def issuer(self) -> str:
        return f"{self.base}/realms/regionlab"

    def toml(self, folder: Path, **more: str) -> str:
        (folder / "keycloak.secret").write_text(SECRET)
        lines = {
            "id": '"keycloak"',
            "label": '"Keycloak"',
            "issuer": f'"{self.issuer}"',
            "client_id": '"regionlab"',
            "client_secret_file": '"keycloak.secret"',
            "role_claim": '"realm_access.roles"',
            "role_values": '{patient = "patient", traveller = "traveller"}',
            "algorithms": '["ES256"]',
        } | more
        return "[[provider]]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items()) + "\n"

    async def log_in(self, browser: Browser, page: Page, person: str) -> Page:
        return await browser.submit(page, username=person, password=person)

    def is_login_page(self, page: Page) -> bool:
        """Whether that is the page where somebody says who they are."""
        return 'id="kc-form-login"' in page.text

    async def start_afresh(self) -> None:
        """No session of the test before, whose gateway is gone, and a port for the one to come.

        When somebody's sessions are ended, Keycloak tells of one of several, which may be the
        former test's; and it tells once, over a connection it keeps to an address.
        """
        former, self.gateway_port = self.gateway_port, free_port()
        async with await self._admin() as admin:
            async with admin.post("/admin/realms/regionlab/logout-all") as answer:
                assert answer.status == 200, await answer.text()
            clients = "/admin/realms/regionlab/clients"
            async with admin.get(clients, params={"clientId": "regionlab"}) as answer:
                (client,) = await answer.json()
            moved = json.dumps(client).replace(f":{former}", f":{self.gateway_port}")
            place = f"{clients}/{client['id']}"
            async with admin.put(place, json=json.loads(moved)) as answer:
                assert answer.status == 204, await answer.text()

    async def make_people(self) -> None:
        """The people of the tests; the realm that is deployed has none."""
        async with await self._admin() as admin:
            for login, (first, last, role) in PEOPLE.items():
                user = {
                    "username": login,
                    "enabled": True,
                    "firstName": first,
                    "lastName": last,
                    "email": f"{login}@demo.invalid",
                    "emailVerified": True,
                    "credentials": [{"type": "password", "value": login, "temporary": False}],
                }
                async with admin.post("/admin/realms/regionlab/users", json=user) as answer:
                    assert answer.status in (201, 409), await answer.text()
                place = await self._user(admin, login)
                async with admin.get(f"/admin/realms/regionlab/roles/{role}") as answer:
                    found = await answer.json()
                async with admin.post(f"{place}/role-mappings/realm", json=[found]) as answer:
                    assert answer.status == 204

    async def end_sessions(self, lab: LoginWorld, browser: Browser, person: str) -> None:
        """The provider ends that person's sessions by itself, and tells its clients behind."""
        async with await self._admin() as admin:
            place = await self._user(admin, person)
            async with admin.post(f"{place}/logout") as answer:
                assert answer.status == 204

    async def rotate(self) -> None:
        async with await self._admin() as admin:
            key: dict[str, Any] = {
                "name": "newer",
                "providerId": "ecdsa-generated",
                "providerType": "org.keycloak.keys.KeyProvider",
                "config": {"priority": ["300"], "ecdsaEllipticCurveKey": ["P-256"]},
            }
            async with admin.post("/admin/realms/regionlab/components", json=key) as answer:
                assert answer.status == 201, await answer.text()

    async def _admin(self) -> aiohttp.ClientSession:
        form = {
            "client_id": "admin-cli",
            "grant_type": "password",
            "username": ADMIN,
            "password": PASSWORD,
        }
        place = f"{self.base}/realms/master/protocol/openid-connect/token"
        async with aiohttp.ClientSession() as session, session.post(place, data=form) as answer:
            token = (await answer.json())["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        return aiohttp.ClientSession(self.base, headers=headers)

    async def _user(self, admin: aiohttp.ClientSession, login: str) -> str:
        query = {"username": login, "exact": "true"}
        async with admin.get("/admin/realms/regionlab/users", params=query) as answer:
            (found,) = await answer.json()
        assert re.fullmatch(r"[0-9a-f-]+", found["id"])
        return f"/admin/realms/regionlab/users/{found['id']}"

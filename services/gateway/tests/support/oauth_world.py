"""A gateway that is an authorization server, its applications, and people who are signed in.

The cookie `person=…` stands for that person's session; the gateway's own bearer tokens are
verified as in production.
"""

import base64
import hashlib
import json
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from gateway_world import KEYS, World
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from gateway.callers.domain.identity import Identity
from gateway.oauth.adapters.access_tokens import SignedAccessTokens
from gateway.oauth.adapters.cared_records import HttpCaredRecords
from gateway.oauth.adapters.client_keys import RegisteredClientKeys
from gateway.oauth.adapters.clients_file import ClientsFile
from gateway.oauth.adapters.consent_store import PostgresConsents
from gateway.oauth.adapters.grant_store import PostgresGrants
from gateway.oauth.adapters.revocation_feed import RevocationFeed
from gateway.oauth.api.router import oauth_router
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import RouteTable
from gateway.sessions.flows.guard_cross_site import guard_cross_site
from socle.clock import ManualClock
from socle.http import http_client
from socle.postgres import Pool, open_pool

PASSWORD = secrets.token_urlsafe(32)
BACKEND_KEY = ECKey.generate_key("P-384")
RSA_KEY = RSAKey.generate_key(2048)

CLIENTS = f"""
[[client]]
id = "carnet"
name = "Carnet de suivi"
kind = "public"
redirect_uris = ["https://carnet.example/retour?vue=1", "http://127.0.0.1/retour", "org.carnet:/ok"]
scopes = '''openid fhirUser launch/patient offline_access online_access
    patient/Observation.rs patient/Patient.rs patient/Condition.cruds'''
origins = ["https://carnet.example"]
contact = "https://carnet.example/aide"
terms = "https://carnet.example/conditions"

[[client]]
id = "dossier"
name = "Dossier du cabinet"
kind = "confidential"
redirect_uris = ["https://dossier.example/retour"]
scopes = "openid fhirUser launch launch/patient offline_access patient/*.rs user/Observation.rs"
launch_uri = "https://dossier.example/lancement"
description = "Ouvre ce patient dans le dossier du cabinet."
sha256 = "{hashlib.sha256(PASSWORD.encode()).hexdigest()}"
plan = "partner"

[[client]]
id = "entrepot"
name = "Entrepôt de santé"
kind = "backend"
scopes = "system/Patient.rs system/Observation.rs"
jwks = "entrepot.jwks.json"

[[client]]
id = "esante"
name = "Serveur FHIR"
kind = "confidential"
redirect_uris = ["https://esante.example/jamais"]
scopes = ""
jwks = "entrepot.jwks.json"
introspect = true
"""

PEOPLE = {
    "alice": Identity(
        "patient",
        "s-alice",
        patient="alice-1",
        means="session",
        acr="eidas2",
        auth_time=1_700_000_000,
    ),
    # Nobody's patient here: they care for Alice.
    "carla": Identity("patient", "s-carla", means="session"),
    "bob": Identity("patient", "s-bob", patient="bob-1", means="session"),
    "docteur": Identity(
        "professional",
        "s-doc",
        organisation="org-1",
        means="session",
        practitioner="899700000001",
        professions="10 60",
        acr="eidas1",
        auth_time=1_700_000_100,
    ),
    "collegue": Identity("professional", "s-col", organisation="org-1", means="session"),
    "voyageur": Identity("traveller", "s-voy", means="session"),
}


@dataclass
class Platform:
    """A running gateway and its stores. `http` does not follow redirects."""

    public: str
    authority: AuthorizationServer
    clock: ManualClock
    feed: RevocationFeed
    pool: Pool
    http: aiohttp.ClientSession
    clients_file: Path

    async def get(self, path: str, person: str | None = None, **query: str) -> "Answer":
        url = self.public + path + ("?" + urlencode(query) if query else "")
        async with self.http.get(url, headers=_as(person), allow_redirects=False) as answer:
            return await _read(answer)

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | list[tuple[str, str]],
        person: str | None = None,
        **headers: str,
    ) -> "Answer":
        own = {"origin": self.public} if person else {}
        body = own | _as(person) | {k.replace("_", "-"): v for k, v in headers.items()}
        url = self.public + path
        async with self.http.post(url, data=fields, headers=body, allow_redirects=False) as answer:
            return await _read(answer)

    async def authorize(
        self, person: str | None, requested: "AuthorizationQuery", **other: str
    ) -> "Answer":
        return await self.get("/auth/authorize", person, **requested.query(self.public) | other)

    async def consent(
        self, person: str, page: "Answer", answer: str = "all", *ticked: str, patient: str = ""
    ) -> "Answer":
        fields = [("ticket", page.ticket), ("answer", answer), ("patient", patient)]
        return await self.post("/auth/consent", fields + [("keep", k) for k in ticked], person)

    async def code(self, person: str, requested: "AuthorizationQuery", patient: str = "") -> str:
        """An authorization code, after consent to everything."""
        page = await self.authorize(person, requested)
        back = page if page.status == 303 else await self.consent(person, page, patient=patient)
        assert "code" in back.redirected, back
        return back.redirected["code"]

    async def exchange(self, code: str, requested: "AuthorizationQuery", **other: str) -> "Answer":
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": requested.redirect_uri,
            "code_verifier": requested.verifier,
        }
        return await self.token(requested.client, fields | other)

    async def token(self, client: str, fields: Mapping[str, str]) -> "Answer":
        """Request tokens, with that application's authentication."""
        if client == "carnet":
            return await self.post("/auth/token", {"client_id": client, **fields})
        if client == "dossier":
            return await self.post("/auth/token", fields, authorization=basic(client, PASSWORD))
        return await self.post("/auth/token", dict(fields) | self.proof(client))

    def proof(
        self, client: str, key: ECKey | RSAKey | None = None, *, kid: str = "", **claims: Any
    ) -> dict[str, str]:
        """A client assertion. A claim of None is omitted."""
        now = int(self.clock.now().timestamp())
        usual = {
            "iss": client,
            "sub": client,
            "aud": self.authority.token_endpoint,
            "exp": now + 240,
            "jti": secrets.token_urlsafe(8),
        }
        body = {k: v for k, v in (usual | claims).items() if v is not None}
        key = key or BACKEND_KEY
        algorithm = "RS384" if isinstance(key, RSAKey) else "ES384"
        kid = kid or ("rsa" if isinstance(key, RSAKey) else "ec")
        header = {"alg": algorithm, "kid": kid}
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(header, body, key, algorithms=[algorithm]),
        }

    async def introspect(self, token: str, client: str = "esante") -> dict[str, Any]:
        answer = await self.post("/auth/introspect", {"token": token} | self.proof(client))
        assert answer.status == 200, answer
        return answer.json


@dataclass
class AuthorizationQuery:
    """One authorization request of an application."""

    scope: str
    client: str = "carnet"
    redirect_uri: str = "https://carnet.example/retour?vue=1"
    state: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def query(self, public: str) -> dict[str, str]:
        made = hashlib.sha256(self.verifier.encode()).digest()
        return {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": self.state,
            "aud": public + "/fhir",
            "code_challenge": base64.urlsafe_b64encode(made).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }


def of_dossier(scope: str) -> AuthorizationQuery:
    """A request of the confidential application."""
    return AuthorizationQuery(scope, "dossier", "https://dossier.example/retour")


@dataclass
class Answer:
    """The parameters of the redirect."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.text)
        return body

    @property
    def redirected(self) -> dict[str, str]:
        """The parameters of a redirect URI."""
        return dict(parse_qsl(urlsplit(self.headers["location"]).query))

    @property
    def ticket(self) -> str:
        found = re.search(r'name="ticket" value="([^"]+)"', self.text)
        assert found, self.text
        return unescape(found[1])

    @property
    def choices(self) -> list[str]:
        return [unescape(v) for v in re.findall(r'name="keep" value="([^"]+)"', self.text)]


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token of the gateway."""
    return dict(jwt.decode(token, KEYS.signing, algorithms=["ES256"]).claims)


def basic(client: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{client}:{password}".encode()).decode()


async def start_platform(
    world: World, postgres_url: str, folder: Path, routes: RouteTable = TABLE, behind: str = ""
) -> Platform:
    """A gateway on an empty database. `behind`: the address of the services of `routes`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    public = f"http://127.0.0.1:{port}"
    path = folder / "clients.toml"
    path.write_text(CLIENTS)
    known = [
        key.as_dict(private=False) | {"kid": kid}
        for kid, key in (("ec", BACKEND_KEY), ("rsa", RSA_KEY))
    ]
    (folder / "entrepot.jwks.json").write_text(json.dumps({"keys": known}))
    pool = await world.stack.enter_async_context(open_pool(postgres_url, application_name="test"))
    session = await world.stack.enter_async_context(http_client(outside=True))
    clock = ManualClock(datetime.now(UTC))
    feed = RevocationFeed(pool, clock)
    authority = AuthorizationServer(
        clients=ClientsFile(path, every=0),
        client_keys=RegisteredClientKeys(session, clock),
        consents=PostgresConsents(pool),
        grants=PostgresGrants(pool, feed.learn),
        tokens=SignedAccessTokens(KEYS, clock, public=public, fhir=public + "/fhir"),
        revocations=feed,
        cared_records=HttpCaredRecords(
            session, lambda: behind or "http://127.0.0.1:9", _subject_as_token
        ),
        clock=clock,
        public=public,
    )
    await world.gateway(
        behind or "http://127.0.0.1:9",
        routes=routes,
        stages=(_recognise(authority), guard_cross_site(public)),
        routers=(oauth_router(authority),),
        origins=authority.clients.origins,
        port=port,
    )
    http = await world.stack.enter_async_context(
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
    )
    return Platform(public, authority, clock, feed, pool, http, path)


def _subject_as_token(identity: Identity) -> bytes:
    return identity.subject.encode()


def _recognise(authority: AuthorizationServer) -> Any:
    async def recognise(context: RequestContext) -> None:
        cookie = context.headers.get(b"cookie", b"").decode()
        if cookie.startswith("person="):
            context.identity = PEOPLE[cookie.removeprefix("person=")]
        scheme, _, token = context.headers.get(b"authorization", b"").decode().partition(" ")
        claims = authority.tokens.read(token) if scheme == "Bearer" else None
        if claims and not authority.revocations.is_revoked(claims["jti"], claims["grant"]):
            context.identity = Identity(
                claims["role"],
                claims["sub"],
                frozenset(claims["scope"].split()),
                client=claims["client_id"],
                patient=claims.get("patient"),
                means="bearer",
            )

    return recognise


def _as(person: str | None) -> dict[str, str]:
    return {"cookie": f"person={person}"} if person else {}


async def _read(answer: aiohttp.ClientResponse) -> Answer:
    return Answer(answer.status, answer.headers, await answer.text())

"""A FHIR server over HTTP on a database of its own, called with the signed token of the gateway."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from joserfc import jwt
from joserfc.jwk import ECKey
from multidict import CIMultiDict
from yarl import URL

from esante.access.domain.access_filter import access_filter
from esante.search.adapters.search_store import POOL_SETTINGS, PostgresSearches
from esante.search.adapters.uploaded_rows import list_uploaded
from esante.search.flows.follow_parameters import ParameterFollower
from esante.settings import EsanteSettings
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.wiring.app import make_api
from esante.wiring.operations import wire_carers
from esante.wiring.roles import NAME, new_id, wire_router
from esante.wiring.traces import Traces, wire_traces
from socle.auth import (
    ALGORITHM,
    ISSUER,
    TOKEN_HEADER,
    Caller,
    CallerVerification,
    GatewayKeys,
    Verifier,
)
from socle.clock import ManualClock, SystemClock
from socle.postgres import Pool, open_pool
from socle.testing import ServeApp

ALL = "system/*.cruds"
KEY = ECKey.generate_key("P-256")
BASE = "https://region.example.org/fhir"


@dataclass(slots=True)
class Answer:
    """One response."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def diagnostics(self) -> str:
        """The sentences of an OperationOutcome."""
        assert self.json["resourceType"] == "OperationOutcome", self.body
        return " ".join(each["diagnostics"] for each in self.json["issue"])

    @property
    def codes(self) -> list[str]:
        return [each["code"] for each in self.json["issue"]]


@dataclass(slots=True)
class FhirWorld:
    """The server, its pool, and a client."""

    address: str
    pool: Pool
    client: aiohttp.ClientSession
    tokens: dict[tuple[str | None, ...], str] = field(default_factory=dict)
    traces: Traces | None = None
    """None unless `open_world` got a folder for them."""

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        scope: str = ALL,
        role: str | None = None,
        patient: str | None = None,
        account: str = "p",
        fhir_user: str | None = None,
        organisation: str | None = None,
        professions: str | None = None,
        headers: Mapping[str, str] | None = None,
        media: str = "application/fhir+json",
    ) -> Answer:
        """Send a request to `/fhir` + path. `body`: bytes, else a value sent as JSON.

        `role`: by default a program, or the patient that is named.
        """
        token = self._token(role, scope, patient, account, fhir_user, organisation, professions)
        request_headers = CIMultiDict({TOKEN_HEADER.decode(): token})
        request_headers.extend(headers or {})
        raw = body is None or isinstance(body, bytes | AsyncIterator)
        data = body if raw else json.dumps(body).encode()
        if data is not None:
            request_headers.setdefault("content-type", media)
        url = URL(f"{self.address}/fhir{path}", encoded=True)
        async with self.client.request(method, url, data=data, headers=request_headers) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    def open(
        self,
        path: str,
        *,
        scope: str = ALL,
        role: str | None = None,
        patient: str | None = None,
        account: str = "p",
        fhir_user: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """A GET of `/fhir` + path whose response is read as it comes."""
        token = self._token(role, scope, patient, account, fhir_user)
        return self.client.get(
            URL(f"{self.address}/fhir{path}", encoded=True),
            headers={TOKEN_HEADER.decode(): token, **(headers or {})},
        )

    async def carers(
        self, method: str, path: str, body: Any = None, *, account: str, patient: str | None = None
    ) -> Answer:
        """A request of the gateway for a person who logs in. `patient`: whom they are."""
        token = self._token("patient", "", patient, account)
        headers = {TOKEN_HEADER.decode(): token}
        url = f"{self.address}/carers/{path}"
        async with self.client.request(method, url, json=body, headers=headers) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def create(self, resource: Any, **options: Any) -> Answer:
        """Create a resource; asserts 201."""
        resource_type = (
            json.loads(resource)["resourceType"]
            if isinstance(resource, bytes)
            else resource["resourceType"]
        )
        answer = await self.send("POST", f"/{resource_type}", resource, **options)
        assert answer.status == 201, answer.body
        return answer

    def head(self, method: str, path: str, *lines: str, scope: str = ALL, **of: Any) -> bytes:
        """The head of a request to `/fhir` + path, for a socket.

        `lines`: headers, such as those that frame the body. `of`: the caller, as `_token`.
        """
        token = self._token(of.pop("role", None), scope, of.pop("patient", None), **of)
        media = "application/x-www-form-urlencoded" if "_search" in path else "application/json"
        own = (f"{TOKEN_HEADER.decode()}: {token}", "Host: x", f"Content-Type: {media}")
        return "\r\n".join((f"{method} /fhir{path} HTTP/1.1", *own, *lines, "", "")).encode()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the server."""
        url = URL(self.address)
        return await asyncio.open_connection(url.host, url.port)

    async def openapi(self) -> Any:
        """The OpenAPI document."""
        headers = {TOKEN_HEADER.decode(): self._token("integrator", ALL, None)}
        async with self.client.get(f"{self.address}/openapi.json", headers=headers) as answer:
            assert answer.status == 200
            return await answer.json()

    async def events(self) -> list[dict[str, Any]]:
        """The events in the outbox, in order."""
        rows = await self.pool.fetch("SELECT key, value FROM outbox ORDER BY id")
        return [json.loads(row["value"]) for row in rows]

    async def is_waiting(self) -> bool:
        """Whether a statement waits for a lock."""
        waiting = (
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(await self.pool.fetchval(waiting))

    def _token(
        self,
        role: str | None,
        scope: str,
        patient: str | None,
        account: str = "p",
        fhir_user: str | None = None,
        organisation: str | None = None,
        professions: str | None = None,
    ) -> str:
        role = role or ("integrator" if patient is None else "patient")
        at = (role, scope, patient, account, fhir_user, organisation, professions)
        if at not in self.tokens:
            scopes = frozenset(scope.split())
            caller = Caller(
                role,
                account,
                scopes,
                "app",
                organisation,
                patient,
                "house",
                {},
                directory_entry=fhir_user,
                professions=professions,
            )
            now = int(time.time())
            claims = caller.claims() | {
                "iss": ISSUER,
                "aud": NAME,
                "nbf": now - 5,
                "exp": now + 3600,
            }
            self.tokens[at] = jwt.encode({"alg": ALGORITHM, "kid": "t"}, claims, KEY)
        return self.tokens[at]


async def open_world(
    url: str,
    serve: ServeApp,
    folder: Path,
    stack: AsyncExitStack,
    *,
    clock: ManualClock | SystemClock | None = None,
    production: bool = False,
    **settings: Any,
) -> FhirWorld:
    """Start a server on that database. `settings`: of the service, other than the defaults."""
    clock = clock or SystemClock()
    pool = await stack.enter_async_context(
        open_pool(url, application_name=NAME, skip_session_reset=True, statements=1000)
    )
    searching = await stack.enter_async_context(
        open_pool(url, application_name=NAME, settings=POOL_SETTINGS, statement_timeout=60.0)
    )
    client = await stack.enter_async_context(aiohttp.ClientSession())
    jwks = folder / "keys.json"
    jwks.write_text(json.dumps({"keys": [KEY.as_dict(private=False) | {"kid": "t"}]}))
    verifier = Verifier(GatewayKeys(str(jwks), client, SystemClock()), audiences={NAME})
    service_settings = EsanteSettings(postgres=url, base=BASE, **settings)
    searches = PostgresSearches(searching, access_filter, seconds=60.0)
    traces, notifier = None, OutboxNotifier(pool)
    if service_settings.traces is not None:
        new = partial(new_id, clock)
        traces = wire_traces(service_settings, pool, clock, stack, new)
    router = wire_router(
        service_settings,
        pool,
        notifier,
        searches,
        clock,
        ParameterFollower(partial(list_uploaded, pool), SystemClock()),
        production=production,
        tracing=traces.tracing if traces else None,
    )
    carers = wire_carers(pool, clock, BASE, traces.tracing if traces else None)
    app = make_api(router, carers, clock=clock, body_bytes=service_settings.largest_body)
    return FhirWorld(await serve(CallerVerification(app, verifier)), pool, client, traces=traces)

"""The composition of the authorization server."""

import logging
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway.authentication.ports import Revocations
from gateway.oauth.adapters.access_tokens import SignedAccessTokens
from gateway.oauth.adapters.client_keys import RegisteredClientKeys
from gateway.oauth.adapters.clients_file import ClientsFile
from gateway.oauth.adapters.consent_store import PostgresConsents
from gateway.oauth.adapters.grant_store import PostgresGrants
from gateway.oauth.adapters.revocation_feed import RevocationFeed
from gateway.oauth.api.router import oauth_router
from gateway.oauth.flows.authorization_server import AuthorizationServer
from gateway.oauth.ports import CaredRecords, Clients
from gateway.settings import GatewaySettings
from socle.auth import SigningKeys
from socle.clock import SystemClock
from socle.errors import Retry
from socle.http import Router, http_client
from socle.postgres import Pool
from socle.service import Task, WiringContext

log = logging.getLogger("gateway.grants")

_TIDY_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class OAuthParts:
    """The parts of the authorization server that the gateway is composed of."""

    clients: Clients
    revocations: Revocations
    router: Router
    tasks: dict[str, Task]
    """Background tasks, by name."""


async def wire_oauth(
    given: WiringContext[GatewaySettings], pool: Pool, keys: SigningKeys, cared: CaredRecords
) -> OAuthParts:
    """The authorization server, with the revocations read. `cared`: of the FHIR server.

    Raises Refusal("invalid") if the clients file is invalid, Retry if the database is unreachable.
    """
    settings, clock = given.settings, SystemClock()
    public = settings.public.rstrip("/")
    session = await given.stack.enter_async_context(http_client(outside=True))
    feed = RevocationFeed(pool, clock)
    await feed.catch_up()
    server = AuthorizationServer(
        clients=ClientsFile(settings.clients),
        client_keys=RegisteredClientKeys(session, clock),
        consents=PostgresConsents(pool),
        grants=PostgresGrants(pool, feed.learn),
        tokens=SignedAccessTokens(keys, clock, public=public, fhir=public + "/fhir"),
        revocations=feed,
        cared_records=cared,
        clock=clock,
        public=public,
    )
    return OAuthParts(
        clients=server.clients,
        revocations=feed,
        router=oauth_router(server),
        tasks={"revocations": feed.follow, "grants-tidied": partial(_tidy, server)},
    )


async def _tidy(server: AuthorizationServer) -> None:
    while True:
        try:
            await server.grants.tidy(server.clock.now())
        except Retry as retry:
            log.warning("Grants not tidied: %s", retry.message)
        await server.clock.sleep(_TIDY_SECONDS)

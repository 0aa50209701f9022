"""The composition of login and sessions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from gateway.authentication.adapters.provider_documents import ProviderDocuments
from gateway.authentication.adapters.providers_file import read_providers
from gateway.authentication.domain.provider import Provider
from gateway.login.adapters.openid_client import OpenIdClient
from gateway.login.api.login import LoginConfig, login_router
from gateway.login.flows.finish_login import LoginDependencies
from gateway.routes.ports import Stage
from gateway.sessions.adapters.sealing import seal, unseal
from gateway.sessions.adapters.session_cache import SessionCache
from gateway.sessions.adapters.session_store import PostgresSessions
from gateway.sessions.flows.guard_cross_site import guard_cross_site
from gateway.sessions.flows.recognise_session import recognise_session
from gateway.settings import GatewaySettings
from socle.http import Router
from socle.postgres import Pool
from socle.service import Task


@dataclass(frozen=True, slots=True)
class LoginParts:
    """The parts of login that the gateway is composed of."""

    providers: Mapping[str, Provider]
    """By id."""
    documents: ProviderDocuments
    recognise: Stage
    """Identifies the caller of a session cookie."""
    guard: Stage
    """Refuses requests of other sites; it follows `recognise`."""
    router: Router
    tasks: dict[str, Task]
    """Background tasks, by name."""


def wire_login(settings: GatewaySettings, pool: Pool, session: aiohttp.ClientSession) -> LoginParts:
    """Login with the providers of the settings. `session`: a client for external addresses.

    Raises Refusal("invalid") if the providers file is invalid.
    """
    listed = read_providers(settings.providers) if settings.providers else ()
    providers = {each.id: each for each in listed}
    documents = ProviderDocuments(session)
    store = PostgresSessions(pool, idle=timedelta(seconds=settings.session_idle_seconds))
    key = settings.pseudonym_key.get_secret_value().encode()
    cache = SessionCache(store, settings.postgres.get_secret_value(), key)
    login = LoginDependencies(
        openid=OpenIdClient(session, documents),
        attempts=store,
        sessions=store,
        key=key,
        life=timedelta(seconds=settings.session_seconds),
        seal=seal,
    )
    public = settings.public.rstrip("/")
    config = LoginConfig(providers, login, unseal, public)
    return LoginParts(
        providers=providers,
        documents=documents,
        recognise=recognise_session(cache),
        guard=guard_cross_site(public),
        router=login_router(config),
        tasks={"sessions": cache.listen},
    )

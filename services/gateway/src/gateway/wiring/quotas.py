"""The composition of quotas: the admission stage, API keys, limits shared with other replicas."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from gateway.oauth.ports import Clients
from gateway.quotas.adapters.api_key_store import PostgresKeys
from gateway.quotas.adapters.bucket_store import PostgresBuckets
from gateway.quotas.adapters.plans_file import PlansFile
from gateway.quotas.adapters.quota_metrics import record_local_limits
from gateway.quotas.adapters.stream_store import PostgresStreams
from gateway.quotas.api.api_key_pages import api_key_pages_router
from gateway.quotas.api.api_keys import api_keys_router
from gateway.quotas.flows.admit import Admit
from gateway.quotas.flows.api_key_cache import ApiKeyCache
from gateway.quotas.flows.manage_api_keys import ApiKeyManager
from gateway.quotas.flows.shared_limits import SharedLimits
from gateway.quotas.flows.stream_limits import StreamLimits
from gateway.routes.domain.plan_names import PLAN_NAMES, PlanName
from gateway.routes.domain.route_table import PORTAIL, TABLE
from gateway.settings import GatewaySettings
from socle.clock import Clock, SystemClock
from socle.errors import Retry
from socle.http import Router
from socle.postgres import open_pool
from socle.service import RunningRole, WiringContext

LOCAL_LIMITS_NOTE = "PostgreSQL ne répond pas : chaque exemplaire compte les demandes pour lui seul"

_CONNECTIONS = 4
_TIDY_SECONDS = 3600.0
_STATEMENT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Quotas:
    """The parts of quotas that the gateway is composed of."""

    admit: Admit
    """A stage."""
    streams: StreamLimits
    """A meter."""
    routers: tuple[Router, ...]
    running: RunningRole
    """Background tasks, and the note in `/readyz`."""


async def wire_quotas(given: WiringContext[GatewaySettings], clients: Clients) -> Quotas:
    """The quotas of all callers. `clients`: the registered applications, which may have a plan.

    Raises Refusal("invalid") if the plans file is invalid, Retry if the database is unreachable.
    """
    clock = SystemClock()  # even if the platform's time is simulated
    pool = await given.stack.enter_async_context(
        open_pool(
            given.settings.postgres.get_secret_value(),
            application_name="gateway plans",
            max_size=_CONNECTIONS,
            statement_timeout=_STATEMENT_SECONDS,
        )
    )
    file, keys = PlansFile(given.settings.plans), PostgresKeys(pool)
    cache = ApiKeyCache(keys, clock=clock)
    limits = _shared_limits(PostgresBuckets(pool), clock, given.settings)
    streams = StreamLimits(PostgresStreams(pool, secrets.token_hex(8)), clock=clock)
    given.stack.push_async_callback(limits.close)
    admit = Admit(
        plans=file.plans,
        house_key=file.house_key,
        account_plan=file.account_plan,
        client_plan=partial(_client_plan, clients),
        keys=cache,
        limits=limits,
        streams=streams,
    )
    running = RunningRole(
        tasks={
            "plan_buckets": limits.run,
            "plan_streams": streams.run,
            "plans_file": partial(file.watch, clock),
            "api_keys": cache.watch,
            "accounts": partial(_tidy, keys, clock),
        },
        notes={"plans": lambda: LOCAL_LIMITS_NOTE if limits.is_local else None},
    )
    return Quotas(admit, streams, _routers(keys, file, clock), running)


def _shared_limits(
    buckets: PostgresBuckets, clock: Clock, settings: GatewaySettings
) -> SharedLimits:
    return SharedLimits(
        buckets,
        clock=clock,
        on_local_limits=record_local_limits,
        timeout=settings.shared_limits_seconds,
    )


def _routers(keys: PostgresKeys, file: PlansFile, clock: Clock) -> tuple[Router, ...]:
    manager = ApiKeyManager(
        keys,
        clock=clock,
        entropy=secrets.token_bytes,
        known_services=frozenset(TABLE.services) - {PORTAIL},
    )
    return api_keys_router(manager, file.plans), api_key_pages_router(manager, file.plans)


def _client_plan(clients: Clients, client_id: str) -> PlanName | None:
    client = clients.find(client_id)
    plan = None if client is None else client.plan
    return plan if plan in PLAN_NAMES else None


async def _tidy(keys: PostgresKeys, clock: Clock) -> None:
    while True:
        with suppress(Retry):
            await keys.tidy()
        await clock.sleep(_TIDY_SECONDS)

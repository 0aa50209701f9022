"""Notifications of the journeys role: only with a key and a database."""

from collections.abc import Sequence

from mobilite.journeys.flows.followed.watch_journeys import JourneySubscriptions
from mobilite.live.flows import Live
from mobilite.web_push.adapters.push_metrics import count_message
from mobilite.web_push.adapters.subscription_store import PostgresPushSubscriptions
from mobilite.web_push.api.notification_texts import NotificationTexts
from mobilite.web_push.api.subscriptions import WebPush, web_push_router
from mobilite.web_push.api.traffic_subscriptions import (
    route_subscriptions_router,
    stop_subscriptions_router,
)
from mobilite.web_push.api.traffic_texts import TrafficTexts
from mobilite.web_push.flows.notifier_dependencies import Dependencies
from mobilite.web_push.flows.notify_subscribers import PushNotifier
from mobilite.web_push.flows.read_traffic import TrafficReader
from mobilite.web_push.flows.subscribe import Subscribing
from mobilite.web_push.flows.watch_traffic import TrafficSubscriptions
from mobilite.wiring.shared import Start, database_of
from socle.clock import Clock
from socle.http import Router, http_client
from socle.postgres import migrate, open_pool
from socle.service import RunningRole
from socle.web_push import push_services


async def wire_web_push(
    given: Start, live: Live, journeys: JourneySubscriptions, tables: RunningRole
) -> tuple[Sequence[Router], RunningRole]:
    """The endpoints of notifications, and the task that sends them once `tables` have been read.
    Raises Refusal if the settings are not valid, Retry if the database is unreachable."""
    settings = given.settings
    if settings.push_key is None:
        return web_push_routers(None, settings.push_delay_seconds), RunningRole()
    # Only who sends loads them: another HTTP library comes along.
    from socle.web_push.client import WebPushClient
    from socle.web_push.vapid import read_vapid_key

    key = read_vapid_key(settings)
    database = database_of(given)
    await migrate(database, "mobilite")
    pool = await given.stack.enter_async_context(
        open_pool(database, application_name="mobilite-web-push")
    )
    session = await given.stack.enter_async_context(http_client(outside=True))
    services = push_services(settings)
    store = PostgresPushSubscriptions(pool)
    notifier = PushNotifier(
        Dependencies(
            journeys,
            _traffic(live, given.clock),
            store,
            WebPushClient(session, key, services),
            NotificationTexts(),
            TrafficTexts(given.clock),
            given.clock,
            settings.push_delay_seconds,
            count_message,
            lambda: all(why_not() is None for why_not in tables.checks.values()),
        )
    )
    web_push = WebPush(key.public, Subscribing(services, notifier, store, given.clock))
    notifying = RunningRole(tasks={"web_push": notifier.run})
    return web_push_routers(web_push, settings.push_delay_seconds), notifying


def _traffic(live: Live, clock: Clock) -> TrafficSubscriptions:
    return TrafficSubscriptions(live, clock, TrafficReader(lambda: live.places.current.hubs))


def web_push_routers(web_push: WebPush | None, least_delay: int) -> Sequence[Router]:
    """The routers of notifications. `web_push`: None where they are not offered. `least_delay`:
    seconds from which another delay of a journey is notified."""
    return (
        web_push_router(web_push, least_delay),
        route_subscriptions_router(web_push),
        stop_subscriptions_router(web_push),
    )

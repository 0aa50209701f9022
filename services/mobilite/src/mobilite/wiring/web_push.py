"""Notifications of the journeys role: only with a key and a database."""

from mobilite.journeys.flows.followed.watch_journeys import JourneySubscriptions
from mobilite.web_push.adapters.push_metrics import count_message
from mobilite.web_push.adapters.subscription_store import PostgresPushSubscriptions
from mobilite.web_push.api.notification_texts import NotificationTexts
from mobilite.web_push.api.subscriptions import WebPush, web_push_router
from mobilite.web_push.flows.notify_subscribers import Dependencies, PushNotifier
from mobilite.web_push.flows.push_services import KNOWN_SERVICES, PushServices
from mobilite.wiring.shared import Start, database_of
from socle.errors import Refusal
from socle.http import Router, http_client
from socle.postgres import migrate, open_pool
from socle.service import RunningRole


async def wire_web_push(
    given: Start, journeys: JourneySubscriptions, tables: RunningRole
) -> tuple[Router, RunningRole]:
    """The endpoints of notifications, and the task that sends them once `tables` have been read.
    Raises Refusal if the settings are not valid, Retry if the database is unreachable."""
    settings = given.settings
    if settings.push_key is None:
        return web_push_router(None, settings.push_delay_seconds), RunningRole()
    # It imports another HTTP library.
    from mobilite.web_push.adapters.push_client import VapidKey, WebPushClient

    if settings.push_contact is None:
        raise Refusal(
            "invalid", "MOBILITE_PUSH_CONTACT : MOBILITE_PUSH_KEY demande cette variable."
        )
    key = VapidKey(settings.push_key.get_secret_value(), settings.push_contact)
    database = database_of(given)
    await migrate(database, "mobilite")
    pool = await given.stack.enter_async_context(
        open_pool(database, application_name="mobilite-web-push")
    )
    session = await given.stack.enter_async_context(http_client(outside=True))
    declared = settings.push_services
    services = PushServices(declared.replace(",", " ").split() if declared else KNOWN_SERVICES)
    store = PostgresPushSubscriptions(pool)
    notifier = PushNotifier(
        Dependencies(
            journeys,
            store,
            WebPushClient(session, key, services),
            NotificationTexts(),
            given.clock,
            settings.push_delay_seconds,
            count_message,
            lambda: all(why_not() is None for why_not in tables.checks.values()),
        )
    )
    web_push = WebPush(key.public, services, notifier, store, given.clock)
    router = web_push_router(web_push, settings.push_delay_seconds)
    return router, RunningRole(tasks={"web_push": notifier.run})

"""Replicas of the journeys role that notify browsers, on one database and one push service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
from api_client import get
from travellers import QUERY, Traveller
from valley import Valley

from mobilite.web_push.adapters.subscription_store import PostgresPushSubscriptions
from mobilite.web_push.api.notification_texts import NotificationTexts
from mobilite.web_push.api.subscriptions import WebPush
from mobilite.web_push.api.traffic_texts import TrafficTexts
from mobilite.web_push.flows.notifier_dependencies import Dependencies
from mobilite.web_push.flows.notify_subscribers import PushNotifier
from mobilite.web_push.flows.read_traffic import TrafficReader
from mobilite.web_push.flows.subscribe import Subscribing
from mobilite.web_push.flows.watch_traffic import TrafficSubscriptions
from mobilite.wiring.openapi import PREFIX
from mobilite.wiring.web_push import web_push_routers
from socle.http import http_client
from socle.postgres import Pool, open_pool
from socle.testing import ServeApp, until
from socle.testing.push_service import PushService, encoded
from socle.web_push import PushServices
from socle.web_push.client import WebPushClient
from socle.web_push.vapid import VapidKey

LEASE = timedelta(seconds=2)
KEY = VapidKey(encoded(bytes([1] * 32)), "mailto:contact@example.org")
CONFIRMATIONS = ("C'est noté : ", "You will be notified here")


class Replicas:
    """Replicas of the journeys role on one database, with the push service that they send to."""

    def __init__(
        self, valley: Valley, pool: Pool, service: PushService, session: aiohttp.ClientSession
    ) -> None:
        self.valley, self.pool, self.service, self.session = valley, pool, service, session
        self.services = PushServices([service.address])
        self.running: list[asyncio.Task[None]] = []
        self.journey_id = ""
        self.address = ""
        self.ready = True
        """Whether the tables have been read."""

    def make(self) -> tuple[PushNotifier, WebPush]:
        """A replica that is not running yet."""
        store = PostgresPushSubscriptions(self.pool, lease=LEASE)
        sender = WebPushClient(self.session, KEY, self.services)
        live, clock = self.valley.city.live, self.valley.clock
        reader = TrafficReader(lambda: live.places.current.hubs)
        given = Dependencies(
            self.valley.followed().subscriptions,
            TrafficSubscriptions(live, clock, reader, least_interval=0),
            store,
            sender,
            NotificationTexts(),
            TrafficTexts(clock),
            clock,
            least_delay=300,
            ready=lambda: self.ready,
        )
        notifier = PushNotifier(given, interval=0.05)
        return notifier, WebPush(KEY.public, Subscribing(self.services, notifier, store, clock))

    def run(self, notifier: PushNotifier) -> None:
        self.running.append(asyncio.create_task(notifier.run()))

    async def find(self, **query: Any) -> str:
        """The id of the first journey."""
        async with aiohttp.ClientSession(self.address) as client:
            page = await get(client, "journeys", **{**QUERY, **query})
        return str(page["journeys"][0]["id"])

    async def subscribe(
        self,
        status: int = 201,
        name: str = "browser",
        subject: str = "",
        times: Any = None,
        keys: Any = None,
        **query: Any,
    ) -> Any:
        """Subscribe a browser, and wait until its push service has accepted the first message.
        `subject`: `routes/…` or `stops/…`; the journey without one. `times`: the days and hours.
        `keys`: in place of the browser's."""
        path = f"{subject or f'journeys/{self.journey_id}'}/subscriptions"
        content = {**self.service.target(name), **(times or {})}
        if keys is not None:
            content["keys"] = keys
        async with self.session.post(self.address + path, json=content, params=query) as answer:
            assert answer.status == status, await answer.text()
            assert answer.headers["cache-control"] == "private, no-store" or status != 201
            added = await answer.json()
        if status == 201 and self.service.status == 201:
            await self.confirmed(added["id"])
        return added

    async def confirmed(self, subscription_id: str) -> None:
        """Wait until a subscription is confirmed."""
        query = "SELECT confirmed FROM push_subscription WHERE id = $1"

        async def is_confirmed() -> bool:
            return bool(await self.pool.fetchval(query, subscription_id))

        await until(is_confirmed)

    async def unsubscribe(self, subscription_id: str, status: int = 204, subject: str = "") -> None:
        path = f"{subject or f'journeys/{self.journey_id}'}/subscriptions/{subscription_id}"
        async with self.session.delete(self.address + path) as answer:
            assert answer.status == status

    async def publish(self, message: str, feed_id: str = "train") -> None:
        self.valley.city.publish(message, feed_id)
        await self.valley.refresh()

    async def at(self, clock: str, message: str = "") -> None:
        """What an operator publishes at a local time."""
        traveller = Traveller(self.valley)
        traveller.publish(clock, message)
        await self.valley.refresh()

    async def count(self) -> int:
        return int(await self.pool.fetchval("SELECT count(*) FROM push_subscription"))

    async def received(self, number: int) -> list[Any]:
        """The contents of the messages, once there are so many."""
        await until(lambda: len(self.service.messages) >= number)
        assert len(self.service.messages) == number
        return [message.content for message in self.service.messages]

    async def nothing_more(self) -> None:
        """Wait until each subscription would have been refreshed."""
        attempts = self.service.attempts
        await asyncio.sleep(0.4)
        assert self.service.attempts == attempts

    async def none_left(self) -> None:
        """Wait until no subscription is stored."""

        async def is_empty() -> bool:
            return await self.count() == 0

        await until(is_empty)

    async def stop(self) -> None:
        """End all replicas."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        self.running.clear()


@asynccontextmanager
async def running_replica(
    database: str, serve_app: ServeApp, valley: Valley | None = None, **query: str
) -> AsyncIterator[Replicas]:
    """One replica runs, and its API is served. `database`: a URL. `query`: of the journey."""
    valley, service = valley or Valley(), PushService(CONFIRMATIONS)
    await valley.refresh()
    service.address, service.key = await serve_app(service), KEY.public
    async with (
        open_pool(database, application_name="t") as pool,
        http_client(outside=True) as session,
    ):
        replicas = Replicas(valley, pool, service, session)
        notifier, web_push = replicas.make()
        app = valley.app()
        for router in web_push_routers(web_push, 300):
            router.add_to(app, prefix=PREFIX)
        replicas.address = f"{await serve_app(app)}/mobilite/v1/"
        replicas.run(notifier)
        replicas.journey_id = await replicas.find(**query)
        yield replicas
        await replicas.stop()

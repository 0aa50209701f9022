"""Messages on a real push service: encrypted, signed, and what its answers mean."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver
from pydantic_settings import SettingsConfigDict

from socle.errors import Refusal
from socle.http import http_client
from socle.testing import ServeApp
from socle.testing.push_service import PushService, encoded
from socle.web_push import (
    KNOWN_SERVICES,
    Delivery,
    PushServices,
    PushTarget,
    WebPushSettings,
    push_services,
)
from socle.web_push.client import WebPushClient
from socle.web_push.vapid import VapidKey, read_vapid_key

KEY = VapidKey(encoded(bytes([1] * 32)), "mailto:contact@example.org")
MESSAGE = json.dumps({"title": "Élan"}).encode()


@pytest_asyncio.fixture
async def service(serve_app: ServeApp) -> PushService:
    service = PushService()
    service.address, service.key = await serve_app(service), KEY.public
    return service


@pytest_asyncio.fixture
async def client(service: PushService) -> AsyncIterator[WebPushClient]:
    async with http_client(outside=True) as session:
        yield WebPushClient(session, KEY, PushServices([service.address]))


def target(service: PushService) -> PushTarget:
    content = service.target()
    return PushTarget(content["endpoint"], content["keys"]["p256dh"], content["keys"]["auth"])


async def send(client: WebPushClient, to: PushTarget) -> Delivery:
    return await client.send(to, MESSAGE, topic="t" * 32, seconds=60)


async def test_the_browser_decrypts_the_message(
    service: PushService, client: WebPushClient
) -> None:
    assert await send(client, target(service)) == Delivery("delivered")
    (message,) = service.messages
    assert (message.path, message.content) == ("/push/browser", {"title": "Élan"})
    assert (message.headers["ttl"], message.headers["urgency"]) == ("60", "high")


@pytest.mark.parametrize(
    ("status", "headers", "delivery"),
    [
        (200, {}, Delivery("delivered")),
        (404, {}, Delivery("gone")),
        (410, {}, Delivery("gone")),
        (429, {"retry-after": "17"}, Delivery("later", 17)),
        (429, {"retry-after": "Mon, 02 Mar 2026 08:00:00 GMT"}, Delivery("later")),
        (503, {}, Delivery("later")),
        (503, {"retry-after": "9"}, Delivery("later", 9, unavailable=True)),
        (500, {}, Delivery("later", uncertain=True)),
        (504, {"retry-after": "5"}, Delivery("later", 5, uncertain=True)),
        (400, {}, Delivery("refused")),
        (403, {}, Delivery("refused")),
    ],
)
async def test_what_answers_mean(
    service: PushService,
    client: WebPushClient,
    status: int,
    headers: dict[str, str],
    delivery: Delivery,
) -> None:
    service.status, service.answer_headers = status, headers
    assert await send(client, target(service)) == delivery


async def test_a_redirect_is_not_followed(service: PushService, client: WebPushClient) -> None:
    service.status, service.answer_headers = 307, {"location": f"{service.address}/elsewhere"}
    assert await send(client, target(service)) == Delivery("later")
    assert service.attempts == 1


async def test_a_name_of_a_push_service_that_leads_inside_is_not_requested(
    service: PushService,
) -> None:
    port = service.address.rpartition(":")[2]
    services = PushServices([f"http://*.localhost:{port}"])
    inside = replace(target(service), endpoint=f"http://push.localhost:{port}/push/1")
    async with http_client(outside=True) as session:
        assert await send(WebPushClient(session, KEY, services), inside) == Delivery("later")
    assert service.attempts == 0


async def test_a_silent_push_service_is_tried_again(client: WebPushClient) -> None:
    services = PushServices(["http://127.0.0.1:9"])
    unreachable = PushTarget("http://127.0.0.1:9/x", KEY.public, encoded(bytes(16)))
    async with http_client(outside=True) as session:
        delivery = await send(WebPushClient(session, KEY, services), unreachable)
    assert delivery == Delivery("later")


async def test_a_push_service_that_hangs_up_has_perhaps_taken_the_message() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, http_client(outside=True) as session:
        client = WebPushClient(session, KEY, PushServices([address]))
        to = PushTarget(f"{address}/x", KEY.public, encoded(bytes(16)))
        delivery = await send(client, to)
    assert delivery == Delivery("later", uncertain=True, unavailable=True)


@pytest.mark.parametrize(
    ("error", "delivery"),
    [(socket.EAI_NONAME, Delivery("refused")), (socket.EAI_AGAIN, Delivery("later"))],
)
async def test_a_name_that_does_not_exist_is_not_tried_again(
    service: PushService, error: int, delivery: Delivery
) -> None:
    class Names(ThreadedResolver):
        async def resolve(self, *_args: Any, **_options: Any) -> list[ResolveResult]:
            raise socket.gaierror(error, "Name or service not known")

    services = PushServices(["http://*.push.example.org"])
    invented = replace(target(service), endpoint="http://invented.push.example.org/x")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Names())) as session:
        assert await send(WebPushClient(session, KEY, services), invented) == delivery


async def test_what_can_never_be_sent_is_gone(service: PushService, client: WebPushClient) -> None:
    off_the_curve = replace(target(service), p256dh=encoded(b"\x04" + bytes(64)))
    assert await send(client, off_the_curve) == Delivery("gone")
    other = replace(target(service), endpoint="https://fcm.googleapis.com/x")
    assert await send(client, other) == Delivery("gone")
    assert service.attempts == 0


@pytest.mark.parametrize(
    "key", ["", "x", encoded(bytes([1] * 31)), encoded(bytes(32)), encoded(b"\xff" * 32), "é" * 43]
)
def test_a_key_is_a_private_key_of_p256(key: str) -> None:
    with pytest.raises(Refusal, match="SITE_PUSH_KEY : 32 octets"):
        read_vapid_key(settings(push_key=key, push_contact="mailto:contact@example.org"))


def test_a_key_needs_a_contact() -> None:
    with pytest.raises(Refusal, match="SITE_PUSH_CONTACT : SITE_PUSH_KEY demande"):
        read_vapid_key(settings(push_key=encoded(bytes([1] * 32))))


def test_push_services_are_declared_in_one_variable() -> None:
    assert push_services(settings(push_services="")).origins == KNOWN_SERVICES
    declared = settings(push_services="https://a.example, http://127.0.0.1:9\nhttps://*.b.example")
    assert push_services(declared).origins == (
        "https://a.example",
        "http://127.0.0.1:9",
        "https://*.b.example",
    )


class SiteSettings(WebPushSettings):
    """The settings of a service."""

    model_config = SettingsConfigDict(env_prefix="SITE_")


def settings(**values: Any) -> SiteSettings:
    return SiteSettings(**values)

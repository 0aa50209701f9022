"""A FHIR server with its subscriptions, a subscriber that answers over HTTP, and a client of event
streams (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from fhir_world import BASE, FhirWorld, open_world

from esante.events import ResourceChangedV1
from esante.settings import EsanteSettings
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.subscriptions.adapters.rest_hook import RestHook
from esante.subscriptions.flows.dispatch_deliveries import DeliveryDispatcher
from esante.subscriptions.flows.match_change import ChangeMatcher
from esante.wiring.subscriptions import wire_deliveries
from socle.clock import ManualClock, SystemClock
from socle.events import Position, Received
from socle.http import Receive, Scope, Send, http_client
from socle.postgres import open_pool
from socle.testing import ServeApp, until

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"


STREAM_TYPE = {
    "extension": [
        {
            "url": f"{BACKPORT}/backport-channel-type",
            "valueCoding": {"system": "urn:ietf:bcp:13", "code": "text/event-stream"},
        }
    ]
}


@dataclass(frozen=True)
class HookCall:
    """A request that the subscriber received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    """Of the answer."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class TestSubscriber:
    """An endpoint: answers with `status`, or not at all while `hanging`."""

    __test__ = False
    address: str = ""
    status: int = 200
    hanging: bool = False
    location: str = ""
    requests: list[HookCall] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = scope["raw_path"].decode()
        self.requests.append(HookCall(scope["method"], path, headers, body, self.status))
        if self.hanging:
            await asyncio.Event().wait()
        answer = [(b"content-length", b"0")]
        if self.location:
            answer.append((b"location", self.location.encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": answer})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class SubscriptionWorld:
    """The server, the matcher of its changes, and the dispatcher of notifications."""

    fhir: FhirWorld
    matcher: ChangeMatcher
    dispatcher: DeliveryDispatcher
    handled: int = 0
    """The id of the last outbox row that was matched."""

    async def match(self, *, again: bool = False) -> None:
        """Match the changes since the last call, as the bus hands them over; `again`: all."""
        rows = await self.fhir.pool.fetch(
            "SELECT id, value FROM outbox WHERE id > $1 ORDER BY id", 0 if again else self.handled
        )
        if rows:
            await self.matcher.handle([record(row["value"]) for row in rows])
            self.handled = rows[-1]["id"]

    async def subscribe(self, endpoint: str, criteria: str, **of: Any) -> str:
        """Create a subscription; returns its id."""
        channel = of.pop("channel", {})
        answer = await self.fhir.create(subscription(endpoint, criteria, **channel), **of)
        return str(answer.json["id"])

    async def status(self, subscription_id: str) -> tuple[str, str | None]:
        """The status and the error of a subscription."""
        found = (await self.fhir.send("GET", f"/Subscription/{subscription_id}")).json
        return found["status"], found.get("error")

    async def retry_now(self) -> None:
        """Let failed deliveries be tried again at once."""
        await self.fhir.pool.execute("UPDATE subscription SET due = now() WHERE due < 'infinity'")
        self.dispatcher.wake()

    async def idle(self) -> bool:
        """Whether nothing is due and nothing is being delivered."""
        return bool(
            await self.fhir.pool.fetchval(
                "SELECT NOT EXISTS (SELECT FROM subscription WHERE due <= clock_timestamp()"
                " OR leased_until > clock_timestamp())"
            )
        )

    async def settle(self) -> None:
        """Match what has changed, and wait until what is due was sent."""
        await self.match()
        self.dispatcher.wake()
        await until(self.idle)


def record(value: bytes) -> Received[ResourceChangedV1]:
    """A record of the bus with that value."""
    data = ResourceChangedV1.model_validate(orjson.loads(value))
    at = Position(ResourceChangedV1.topic, 0, 0)
    return Received("id", "esante", datetime.now(data.at.tzinfo), data.key(), data, None, at)


def subscription(endpoint: str, criteria: str, **channel: Any) -> dict[str, Any]:
    """A Subscription by criteria. `channel`: further members."""
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "essai",
        "criteria": criteria,
        "channel": {"type": "rest-hook", "endpoint": endpoint, **channel},
    }


def stream(criteria: str, **channel: Any) -> dict[str, Any]:
    """A Subscription whose channel is an event stream. `channel`: further members."""
    found = subscription("", criteria)
    return found | {"channel": {"type": "websocket", "_type": STREAM_TYPE, **channel}}


def to_topic(
    endpoint: str, resource_type: str, *filters: str, content: str = "id-only", **extensions: int
) -> dict[str, Any]:
    """A Subscription to a topic. `extensions`: of the channel (`max_count=5`)."""
    found = subscription(
        endpoint,
        f"{BASE}/SubscriptionTopic/{resource_type}",
        payload="application/fhir+json",
        _payload=_extensions(("backport-payload-content", "valueCode", content)),
        extension=[
            {
                "url": f"{BACKPORT}/backport-{name.replace('_', '-')}",
                "valuePositiveInt" if name == "max_count" else "valueUnsignedInt": value,
            }
            for name, value in extensions.items()
        ],
    )
    if not extensions:
        del found["channel"]["extension"]
    if filters:
        of = [("backport-filter-criteria", "valueString", each) for each in filters]
        found["_criteria"] = _extensions(*of)
    return found


def _extensions(*of: tuple[str, str, str]) -> dict[str, Any]:
    return {"extension": [{"url": f"{BACKPORT}/{url}", member: value} for url, member, value in of]}


@asynccontextmanager
async def open_subscriptions(
    url: str,
    serve: ServeApp,
    folder: Path,
    *subscribers: TestSubscriber,
    clock: ManualClock | SystemClock | None = None,
) -> AsyncIterator[SubscriptionWorld]:
    """A server on that database, with the dispatcher running. `subscribers`: allowed though they
    are on this machine; they are served."""
    for each in subscribers:
        each.address = await serve(each)
    origins = ",".join(each.address for each in subscribers)
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        fhir = await open_world(
            url, serve, folder, stack, clock=clock, subscription_origins=origins
        )
        settings = EsanteSettings(postgres=url, base=BASE, subscription_origins=origins)
        pool = await stack.enter_async_context(
            open_pool(url, application_name="subscriptions", skip_session_reset=True)
        )
        session: aiohttp.ClientSession = await stack.enter_async_context(http_client(outside=True))
        hook = RestHook(session, settings.trusted_origins)
        matcher, dispatcher = wire_deliveries(settings, pool, OutboxNotifier(pool), hook, clock)
        running = asyncio.create_task(dispatcher.run())
        try:
            yield SubscriptionWorld(fhir, matcher, dispatcher)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


@dataclass(frozen=True)
class StreamEvent:
    """One event: its id and name (None without), and its data."""

    id: str | None
    name: str | None
    data: Any

    @property
    def resources(self) -> list[Any]:
        """The resources that it notifies of; None for one that is only named."""
        return [each.get("resource") for each in self.data["entry"][1:]]


@dataclass
class EventStreamClient:
    """An open stream."""

    answer: aiohttp.ClientResponse

    async def next(self) -> StreamEvent:
        """The next event. Raises EOFError at the end of the stream."""
        fields: dict[str, list[str]] = {}
        async with asyncio.timeout(60):
            async for line in self.answer.content:
                text = line.decode().rstrip("\r\n")
                if text:
                    name, _, value = text.partition(":")
                    fields.setdefault(name, []).append(value.removeprefix(" "))
                elif "data" in fields:
                    named = {each: of[-1] for each, of in fields.items()}
                    data = json.loads("\n".join(fields["data"]))
                    return StreamEvent(named.get("id"), named.get("event"), data)
        raise EOFError


@asynccontextmanager
async def event_stream(
    fhir: FhirWorld, subscription_id: str, *, since: int | None = None, last: str = "", **of: Any
) -> AsyncIterator[EventStreamClient]:
    """Open a stream; asserts that it begins with a handshake. `last`: Last-Event-ID. `of`: the
    caller, as `FhirWorld.open`."""
    query = "" if since is None else f"?eventsSinceNumber={since}"
    headers = {"accept": "text/event-stream"} | ({"last-event-id": last} if last else {})
    path = f"/Subscription/{subscription_id}/$event-stream{query}"
    async with fhir.open(path, headers=headers, **of) as answer:
        assert answer.status == 200, await answer.read()
        assert answer.content_type == "text/event-stream"
        client = EventStreamClient(answer)
        handshake = await client.next()
        assert handshake.name == "handshake"
        if last:
            assert handshake.id in (last, "0")
        yield client

"""A real gateway that people log in to, real providers, and a minimal browser.

The browser stores cookies by host, follows redirects, and sends the Fetch metadata headers of a
request. It accepts `Secure` cookies over http, as browsers do on localhost.
"""

import asyncio
import html
import json
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp
from gateway_world import ECHO, EVERYTHING, Gateway, World

from gateway.callers.domain.access import OPEN, only
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import Route, RouteTable
from gateway.sessions.domain.session import COOKIE
from gateway.settings import GatewaySettings
from gateway.wiring.login import LoginParts, wire_login
from socle.http import http_client
from socle.postgres import open_pool
from socle.testing import free_port

HTML = "text/html,application/xhtml+xml"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ROUTES = RouteTable(
    (
        Route("/echo/closed", ECHO, only("professional"), EVERYTHING, plan_class="list"),
        Route("/echo/{rest...}", ECHO, OPEN, EVERYTHING, plan_class="list"),
        *(Route(home, ECHO, OPEN, plan_class="page") for home in ("/", "/pro", "/lab")),
        *(route for route in TABLE.routes if route.pattern.startswith("/auth/")),
    )
)


@dataclass(frozen=True)
class Page:
    """The page a browser shows."""

    status: int
    url: str
    text: str
    headers: Mapping[str, str]
    raw: Sequence[str] = ()  # the last Set-Cookie headers

    @property
    def query(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(urlsplit(self.url).query).items()}


@dataclass
class Browser:
    """One person's browser. `visited`: every address it requested."""

    http: aiohttp.ClientSession
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)
    set_cookies: list[str] = field(default_factory=list)
    stops_at: str = ""  # redirects to an address that contains it are not followed

    async def go(
        self,
        url: str,
        *,
        method: str = "GET",
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
    ) -> Page:
        """Request that address and follow redirects."""
        while True:
            self.visited.append(url)
            page, further = await self._once(url, method, data, headers or {})
            if further is None or not follow:
                return page
            url, method, data = urljoin(url, further), "GET", None
            if self.stops_at and self.stops_at in url:
                return replace(page, url=url)

    async def submit(self, page: Page, *, follow: bool = True, **message: str) -> Page:
        """Submit the page's form with those fields."""
        found = re.search(r"<form[^>]*>", page.text)
        assert found, page.text
        action = re.search(r'action="([^"]*)"', found[0])
        hidden = {}
        for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page.text):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and value:
                hidden[name[1]] = html.unescape(value[1])
        target = urljoin(page.url, html.unescape(action[1]) if action else "")
        own = {"origin": "{0.scheme}://{0.netloc}".format(urlsplit(page.url))}
        own["sec-fetch-site"] = "same-origin"
        data = hidden | message
        return await self.go(target, method="POST", data=data, headers=own, follow=follow)

    def cookie(self, base: str, name: str) -> str | None:
        return self.cookies.get(urlsplit(base).netloc, {}).get(name)

    async def _once(
        self, url: str, method: str, data: Any, headers: Mapping[str, str]
    ) -> tuple[Page, str | None]:
        jar = self.cookies.setdefault(urlsplit(url).netloc, {})
        body = {"accept": HTML} | dict(headers)
        if jar:
            body["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        async with self.http.request(
            method, url, data=data, headers=body, allow_redirects=False
        ) as answer:
            text = await answer.text()
            lines = answer.headers.getall("set-cookie", [])
            for line in lines:
                name, _, value = line.split(";")[0].partition("=")
                if value in ("", '""') or "max-age=0" in line.lower():
                    jar.pop(name, None)
                else:
                    jar[name] = value
            self.set_cookies += lines
            further = answer.headers.get("location") if answer.status in (302, 303) else None
            return Page(answer.status, url, text, answer.headers, lines), further


@dataclass
class LoginWorld:
    """A database, gateways on it, browsers."""

    world: World
    stack: AsyncExitStack
    database: str
    folder: Path
    providers: str = ""

    async def start(
        self, *, port: int | None = None, **settings: Any
    ) -> tuple[Gateway, LoginParts]:
        """A gateway in front of an echo, with the providers written so far."""
        port = port or free_port()
        path = self.folder / "providers.toml"
        path.write_text(self.providers, "utf-8")
        body = GatewaySettings(
            mobilite="http://127.0.0.1:9",
            mobilite_journeys="http://127.0.0.1:9",
            mobilite_indicators="http://127.0.0.1:9",
            mobilite_desk="http://127.0.0.1:9",
            pilotes="http://127.0.0.1:9",
            esante="http://127.0.0.1:9",
            portail="http://127.0.0.1:9",
            public=settings.pop("public", f"http://127.0.0.1:{port}"),
            postgres=self.database,
            keys=self.folder / "keys.json",
            providers=path,
            pseudonym_key="k" * 32,
            **settings,
        )
        pool = await self.stack.enter_async_context(
            open_pool(self.database, application_name="test", max_size=4)
        )
        session = await self.stack.enter_async_context(http_client(time_limit=60.0))
        parts = wire_login(body, pool, session)
        for task in parts.tasks.values():
            running = asyncio.ensure_future(task())
            self.stack.push_async_callback(_cancel, running)
        gateway = await self.world.gateway(
            await self.world.service(_echo),
            routes=ROUTES,
            stages=(parts.recognise, parts.guard),
            routers=(parts.router,),
            port=port,
        )
        return gateway, parts

    async def browser(self) -> Browser:
        jar = aiohttp.DummyCookieJar()
        timeout = aiohttp.ClientTimeout(total=60)
        session = aiohttp.ClientSession(cookie_jar=jar, timeout=timeout)
        return Browser(await self.stack.enter_async_context(session))


async def me(browser: Browser, gateway: Gateway) -> dict[str, Any]:
    """The identity that the service receives for this browser."""
    page = await browser.go(f"{gateway.address}/auth/me")
    body: dict[str, Any] = json.loads(page.text)
    return body


def from_now(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The claims, with each `timedelta` as an instant from now: an instant computed when tests are
    collected would be too old by the end of a run."""
    now = time.time()
    return {
        name: now + value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in claims.items()
    }


def has_session(browser: Browser, gateway: Gateway) -> bool:
    return browser.cookie(gateway.address, COOKIE) is not None


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if found:
            await reader.readexactly(int(found[1]))
        writer.write(OK)
        await writer.drain()


async def _cancel(task: "asyncio.Future[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

"""Reads the site by its links, from the home page, as one person."""

from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from running_demo import Demo
from yarl import URL

from gateway.routes.domain.route_table import TABLE
from regionlab.launch.tokens import ROLES

PEOPLE: Final[Mapping[str, tuple[str, str] | None]] = {
    "anonymous": None,
    **{role: ROLES[role] for role in ("traveller", "patient", "professional", "coordinator")},
}
"""Provider and account of a demo person, by role; None: nobody logs in."""
WITHOUT_LINK: Final = {
    "/auth/login/{name}": "a button of the login page, which leaves the site",
    "/auth/callback/{name}": "the provider redirects there",
    "/auth/frontchannel-logout/{name}": "the provider requests it",
    "/auth/authorize": "applications redirect there",
    "/autour": "a part of the home page, for its script",
    "/hors-ligne": "the service worker displays it without a connection",
    "/carte/liste": "the list beside the map, for the script that follows the filter",
    "/completion": "completes what is typed, for the script of a form",
    "/itineraires/{journey_id}": "a journey that the form of /itineraires found",
    "/itineraires/{journey_id}/agenda.ics": "a link of its page",
    "/itineraires/{journey_id}/trace.geojson": "the map of its page reads it",
    "/participer/c/{code}": "the printed invitation leads there",
    "/participer/messages/{rest...}": "a message by e-mail leads there",
    "/participer/mes-participations/{pilot_id}/rappels/notification": "a form, for its script",
    "/langue": "redirects to the page it was used on",
    "/auth/cles/nouvelle": "a form that was sent, opened again: leads back to the form",
    "/auth/consent": "a form that was sent, opened again: leads back to the form",
    "/participer/pilotes/{pilot_id}/avis/envoi": "a form that was sent, opened again",
}
"""Pages of the route table that people reach without a link of the site, and how."""
_FOR_PROGRAMS: Final = ("/mobilite/", "/pilotes/v1/", "/fhir/", "/static/", "/openapi.json")
_PER_PATTERN: Final = 3
"""Addresses read of one route: the region has thousands of stops."""


@dataclass
class Page:
    """One address that was read."""

    address: str
    """Path and query."""
    status: int
    html: str
    """Empty for another media type."""
    from_address: str
    """The page that links to it; empty for the home page."""


@dataclass
class _Links(HTMLParser):
    """The addresses that a page links to."""

    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and (href := given.get("href")):
            self.found.append(href)
        if tag == "form" and given.get("method", "get").lower() == "get" and given.get("action"):
            self.found.append(str(given["action"]))


def browser_address(demo: Demo) -> str:
    """The address of a demo by the name `localhost`, at which browsers accept secure cookies."""
    return f"http://localhost:{demo.address.rpartition(':')[2]}"


@asynccontextmanager
async def browsing(demo: Demo, role: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without scripts, logged in as a person of that role."""
    address = browser_address(demo)
    jar = aiohttp.CookieJar(treat_as_secure_origin=URL(address))
    headers = {"accept": "text/html", "accept-language": "fr"}
    key = dict(demo.client.headers).get("x-api-key", "")
    async with aiohttp.ClientSession(
        address, cookie_jar=jar, headers=headers | {"x-api-key": key}
    ) as browser:
        if (who := PEOPLE[role]) is not None:
            await _log_in(browser, *who)
        yield browser


async def _log_in(browser: aiohttp.ClientSession, provider: str, login: str) -> None:
    async with browser.get(f"/auth/login/{provider}") as form:
        html, issuer = await form.text(), form.url
    request = html.partition('name="request" value="')[2].partition('"')[0]
    action = html.partition('action="')[2].partition('"')[0]
    fields = {"request": request, "account": login}
    async with browser.post(issuer.join(URL(action)), data=fields) as answer:
        assert answer.status == 200, await answer.text()


def pattern_of(path: str) -> str | None:
    """The route of an address for people; None for an address for programs."""
    route = TABLE.find(path)
    if route is None or route.streaming:
        return None
    if path.startswith(_FOR_PROGRAMS) and not route.page:
        return None
    return None if route.pattern in WITHOUT_LINK else route.pattern


async def crawl(browser: aiohttp.ClientSession) -> list[Page]:
    """The pages that links lead to from `/`: at most `_PER_PATTERN` of each route."""
    waiting, known = deque([("/", "")]), {"/"}
    read: dict[str, int] = {}
    pages = []
    while waiting:
        address, source = waiting.popleft()
        pattern = pattern_of(urlsplit(address).path)
        if pattern is None or read.get(pattern, 0) >= _PER_PATTERN:
            continue
        read[pattern] = read.get(pattern, 0) + 1
        async with browser.get(address) as answer:
            is_page = answer.content_type == "text/html"
            html = await answer.text() if is_page else ""
            pages.append(Page(address, answer.status, html, source))
        links = _Links()
        links.feed(html)
        for href in links.found:
            target = urlsplit(urljoin(address, href))
            path = target.path + (f"?{target.query}" if target.query else "")
            if not target.netloc and target.scheme in ("", "http") and path not in known:
                known.add(path)
                waiting.append((path, address))
    return pages


def one_per_pattern(pages: Sequence[Page]) -> list[str]:
    """The address of one page of each route."""
    found: dict[str | None, str] = {}
    for page in pages:
        if page.html:
            found.setdefault(pattern_of(page.address.partition("?")[0]), page.address)
    return list(found.values())

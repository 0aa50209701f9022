"""The pages of refusals in a browser: in the language of their reader, without any external
resource."""

import re

import aiohttp
import pytest
from gateway_world import World
from yarl import URL

from gateway.callers.domain.identity import Identity
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.route_table import TABLE

OUTSIDE = re.compile(r"""(?:src|href)=["']?(?:https?:)?//""")


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "identity"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/docs", 200), ("/nowhere", 404), ("/", 503), (f"/?q={'x' * 10_000}", 414)],
)
async def test_a_page_needs_nothing_from_outside(
    world: World, client: aiohttp.ClientSession, path: str, status: int
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.get(gateway.address + path, headers=BROWSER) as answer:
        page = await answer.text()
        policy = answer.headers["content-security-policy"]
        assert answer.status == status
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers.getall("content-security-policy") == [policy]
    assert '<html lang="fr">' in page
    assert not OUTSIDE.search(page)
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe" not in policy


async def test_a_refusal_in_a_browser_explains_itself_and_links_on(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.get(gateway.address + "/arrets/tao:gare?a=b", headers=BROWSER) as answer:
        page, request_id = await answer.text(), answer.headers["x-request-id"]
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["cache-control"] == "no-store"
    assert "ne répond pas pour le moment" in page
    assert '<a href="/">' in page
    assert '<a class="bouton" href="/arrets/tao:gare?a=b">Réessayer</a>' in page
    assert 'href="/auth/login?next=/arrets/tao%3Agare%3Fa%3Db"' in page
    assert request_id in page


async def test_a_head_request_has_the_headers_of_the_page_alone(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    for path, status in (("/", 503), ("/nowhere", 404)):
        async with client.head(gateway.address + path, headers=BROWSER) as answer:
            assert answer.status == status
            assert answer.headers["content-type"].startswith("text/html")
            assert answer.headers["content-language"] == "fr"
            assert "content-length" not in answer.headers
            assert await answer.read() == b""


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/nowhere", "No page has this address."),
        ("/", "This part of the site"),
        ("/arrets/%2E%2E/a", "There is a mistake in the address of this page"),
    ],
)
async def test_a_refusal_is_in_the_language_of_its_reader(
    world: World, client: aiohttp.ClientSession, path: str, sentence: str
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    for chosen in ({"Accept-Language": "en"}, {"Cookie": "__Host-langue=en"}):
        address = URL(gateway.address + path, encoded=True)
        async with client.get(address, headers=BROWSER | chosen) as answer:
            page = await answer.text()
            assert answer.headers["content-language"] == "en"
            assert answer.headers["vary"] == "accept-language, cookie"
        assert '<html lang="en">' in page
        assert sentence in page
        assert 'lang="fr"' not in page.partition("<main")[2].partition("</main>")[0]


async def test_a_refusal_states_who_is_logged_in_as_far_as_it_is_known(
    world: World, client: aiohttp.ClientSession
) -> None:
    async def log_in(context: RequestContext) -> None:
        context.identity = Identity("patient", "s-lucie", means="session", name="Lucie <EXEMPLE>")

    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE, stages=(log_in,))
    for path, known in (("/", True), ("/nowhere", False), (f"/?q={'x' * 10_000}", False)):
        async with client.get(gateway.address + path, headers=BROWSER) as answer:
            page = await answer.text()
        assert ("Lucie &lt;EXEMPLE&gt;" in page) is known, path
        assert ("Se connecter" in page) is not known, path


async def test_a_form_that_did_not_arrive_is_not_sent_again_by_a_link(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    headers = BROWSER | {"Origin": gateway.address, "Sec-Fetch-Site": "same-origin"}
    async with client.post(
        gateway.address + "/participer", headers=headers, data={"code": "x"}
    ) as answer:
        page = await answer.text()
        assert answer.status == 503
    assert "Rien n’a été enregistré" in page
    assert "Réessayer</a>" not in page


async def test_the_style_of_a_refusal_is_here_while_every_service_is_down(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.get(gateway.address + "/", headers=BROWSER) as answer:
        files = re.findall(r'(?:src|href)="(/static/[^"]+)"', await answer.text())
    assert len(set(files)) == 2
    for file in files:
        async with client.get(gateway.address + file) as answer:
            assert answer.status == 200, file
            assert "immutable" in answer.headers["cache-control"]
            assert answer.content_type in ("text/css", "image/svg+xml")


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/mobilite/v1/stops", BROWSER["Accept"]),
        ("/arrets/tao:gare/flux", BROWSER["Accept"]),
        ("/", "*/*"),
        ("/", "application/json"),
        ("/nowhere", "*/*"),
    ],
)
async def test_programs_receive_the_problem_itself(
    world: World, client: aiohttp.ClientSession, path: str, accept: str
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.get(gateway.address + path, headers={"Accept": accept}) as answer:
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await answer.json(content_type=None))["detail"]

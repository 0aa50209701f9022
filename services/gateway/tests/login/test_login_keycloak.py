"""The same logins with the embedded issuer and with a real Keycloak that has the deployed realm: a
test that only the embedded issuer passes would not test the standard.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import pytest_asyncio
from gateway_world import Gateway
from identity_providers import AtCitizens, EmbeddedIssuer
from keycloak_server import Keycloak, keycloak
from login_world import Browser, LoginWorld, Page, has_session, me

from gateway.sessions.domain.session import COOKIE
from socle.testing import free_port, until

Somewhere = AtCitizens | Keycloak


@pytest.fixture(scope="module")
def running_keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    with keycloak(tmp_path_factory.mktemp("keycloak")) as server:
        yield server


@pytest_asyncio.fixture(
    params=["embedded", pytest.param("keycloak", marks=pytest.mark.keycloak)],
)
async def place(request: pytest.FixtureRequest, lab: LoginWorld) -> AsyncIterator[Somewhere]:
    """The provider of the test."""
    async with AsyncExitStack() as stack:
        if request.param == "keycloak":
            server: Keycloak = request.getfixturevalue("running_keycloak")
            await server.make_people()
            await server.start_afresh()
            yield server
        else:
            issuer = await EmbeddedIssuer(lab.folder, stack, free_port()).start()
            yield AtCitizens(issuer)


async def start(lab: LoginWorld, place: Somewhere, folder: Path, **more: str) -> Gateway:
    lab.providers = place.toml(folder, **more)
    gateway, _ = await lab.start(port=place.gateway_port)
    return gateway


async def to_the_provider(
    lab: LoginWorld, place: Somewhere, gateway: Gateway
) -> tuple[Browser, Page]:
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/{place.name}?next=/echo/ici")
    assert place.is_login_page(page), page.text
    return browser, page


async def test_a_person_logs_in_and_leaves(
    lab: LoginWorld, place: Somewhere, tmp_path: Path
) -> None:
    gateway = await start(lab, place, tmp_path)
    browser, page = await to_the_provider(lab, place, gateway)
    page = await place.log_in(browser, page, "lucie")
    assert (page.status, page.url) == (200, f"{gateway.address}/echo/ici")
    body = await me(browser, gateway)
    assert body["role"] == "patient"
    assert body["label"].upper() == "LUCIE EXEMPLE"
    page = await browser.submit(await browser.go(f"{gateway.address}/auth/compte"))
    assert page.url.startswith(f"{gateway.address}/auth/logout")
    assert "déconnecté" in page.text
    # The provider's own session ended too: it requires a new login.
    assert place.is_login_page(await browser.go(f"{gateway.address}/auth/login/{place.name}"))


async def test_a_provider_session_needs_no_second_login(
    lab: LoginWorld, place: Somewhere, tmp_path: Path
) -> None:
    gateway = await start(lab, place, tmp_path)
    browser, page = await to_the_provider(lab, place, gateway)
    await place.log_in(browser, page, "marc")
    first = browser.cookie(gateway.address, COOKIE)
    page = await browser.go(f"{gateway.address}/auth/login/{place.name}")
    assert page.url == f"{gateway.address}/"
    assert browser.cookie(gateway.address, COOKIE) != first
    assert (await me(browser, gateway))["role"] == "traveller"


async def test_the_provider_ends_a_session_and_it_ends_here(
    lab: LoginWorld, place: Somewhere, tmp_path: Path
) -> None:
    gateway = await start(lab, place, tmp_path)
    browser, page = await to_the_provider(lab, place, gateway)
    await place.log_in(browser, page, "marc")
    assert (await me(browser, gateway))["role"] == "traveller"
    await place.end_sessions(lab, browser, "marc")

    async def gone() -> bool:
        return bool((await me(browser, gateway))["role"] == "anonymous")

    await until(gone)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"state": "x" * 43}, 400),
        ({"code": "x" * 43}, 401),
        ({"iss": "http://127.0.0.1:9/other"}, 401),
        ({"iss": ""}, 401),
    ],
    ids=str,
)
async def test_an_answer_that_was_tampered_with(
    lab: LoginWorld,
    place: Somewhere,
    tmp_path: Path,
    changed: dict[str, str],
    status: int,
) -> None:
    gateway = await start(lab, place, tmp_path)
    browser, page = await to_the_provider(lab, place, gateway)
    good = await answer(browser, place, page, "marc")
    back = urlsplit(good)
    message = {k: v for k, v in (dict(parse_qsl(back.query)) | changed).items() if v}
    refused = await browser.go(urlunsplit(back._replace(query=urlencode(message))))
    assert refused.status == status
    assert "Recommencer la connexion" in refused.text
    assert not has_session(browser, gateway)


async def test_an_answer_serves_once(lab: LoginWorld, place: Somewhere, tmp_path: Path) -> None:
    gateway = await start(lab, place, tmp_path)
    browser, page = await to_the_provider(lab, place, gateway)
    back = await answer(browser, place, page, "marc")
    assert (await browser.go(back)).status == 200
    assert (await browser.go(back)).status == 400


async def test_a_level_below_the_requested_one(
    lab: LoginWorld, place: Somewhere, tmp_path: Path
) -> None:
    gateway = await start(lab, place, tmp_path, acr='["eidas3"]')
    browser, page = await to_the_provider(lab, place, gateway)
    refused = await place.log_in(browser, page, "marc")
    assert refused.status == 403
    assert "une connexion plus sûre" in refused.text
    assert not has_session(browser, gateway)


async def test_keys_rotate(lab: LoginWorld, place: Somewhere, tmp_path: Path) -> None:
    lab.providers = place.toml(tmp_path)
    gateway, parts = await lab.start(port=place.gateway_port)
    for _ in range(2):
        browser, page = await to_the_provider(lab, place, gateway)
        assert (await place.log_in(browser, page, "lucie")).status == 200
        await place.rotate()
        # The cool-down between two fetches of the keys is tested elsewhere.
        parts.documents._cached[place.name].keys_attempted_at = float("-inf")


async def answer(browser: Browser, place: Somewhere, page: Page, person: str) -> str:
    """The callback URL the provider redirects to, before it is requested."""
    browser.stops_at = "/auth/callback/"
    page = await place.log_in(browser, page, person)
    browser.stops_at = ""
    return page.url

"""Browser sessions: stored, ended, protected against other sites, and valid through outages of
PostgreSQL and providers."""

import asyncio
from datetime import timedelta

import pytest
from gateway_world import Gateway
from identity_providers import EmbeddedIssuer
from login_world import Browser, LoginWorld, me

from gateway.sessions.adapters.sealing import seal, unseal
from gateway.sessions.adapters.session_store import PostgresSessions
from gateway.sessions.domain.session import COOKIE, digest_of, has_valid_mac, new_cookie, pseudonym
from socle.postgres import migrate, open_pool
from socle.testing import StartServer, until


async def professional(
    lab: LoginWorld, issuer: EmbeddedIssuer, **settings: int
) -> tuple[Gateway, Browser]:
    lab.providers = issuer.toml("professionnels")
    gateway, _ = await lab.start(port=issuer.gateway_port, **settings)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/professionnels")
    assert (await issuer.log_in(browser, page, "camille")).status == 200
    return gateway, browser


OWN = {"origin": "OWN", "sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OWN, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "OWN"}, 200),
        ({}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "https://ailleurs.invalid"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://ailleurs.invalid", "sec-fetch-site": "same-origin"}, 403),
        (OWN | {"sec-fetch-site": "cross-site"}, 403),
    ],
    ids=str,
)
async def test_another_site_changes_nothing_with_the_session(
    lab: LoginWorld, issuer: EmbeddedIssuer, headers: dict[str, str], status: int
) -> None:
    gateway, browser = await professional(lab, issuer)
    body = {k: gateway.address if v == "OWN" else v for k, v in headers.items()}
    place = f"{gateway.address}/echo/closed"
    for method in ("POST", "PUT", "DELETE"):
        page = await browser.go(place, method=method, headers=body, data={"a": "1"})
        assert page.status == status, method
    # Reading is allowed: the browser hides the response from the other site's page.
    assert (await browser.go(place, headers=body)).status == 200
    logout = await browser.go(
        f"{gateway.address}/auth/logout", method="POST", headers=body, follow=False
    )
    assert logout.status == (303 if status == 200 else 403)


async def test_without_a_session_programs_need_no_origin(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway, _ = await professional(lab, issuer)
    program = await lab.browser()
    page = await program.go(f"{gateway.address}/echo/open", method="POST", data={"a": "1"})
    assert page.status == 200


@pytest.mark.parametrize("cookie", ["", "x", "a" * 43, "é" * 20, "a" * 5000])
async def test_an_unknown_cookie_is_anonymous(
    lab: LoginWorld, issuer: EmbeddedIssuer, cookie: str
) -> None:
    gateway, _ = await professional(lab, issuer)
    stranger = await lab.browser()
    stranger.cookies[f"127.0.0.1:{gateway.port}"] = {COOKIE: cookie}
    assert (await me(stranger, gateway))["role"] == "anonymous"
    assert (await stranger.go(f"{gateway.address}/echo/closed")).status == 401
    account = await stranger.go(f"{gateway.address}/auth/compte")
    assert account.url == f"{gateway.address}/auth/login?next=/auth/compte"


async def test_a_session_that_rests_or_lasts_too_long_ends(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway, browser = await professional(lab, issuer)
    digest = digest_of(str(browser.cookie(gateway.address, COOKIE)))
    async with open_pool(lab.database, application_name="test", max_size=1) as pool:
        store = PostgresSessions(pool, idle=timedelta(minutes=30))
        assert await store.get(digest)
        await pool.execute("UPDATE session SET seen = now() - interval '29 minutes'")
        assert await store.get(digest)  # it was just used
        await pool.execute("UPDATE session SET seen = now() - interval '31 minutes'")
        assert await store.get(digest) is None
        await pool.execute("UPDATE session SET seen = now(), until = now() - interval '1 s'")
        assert await store.get(digest) is None
        await store.clean()
        assert await pool.fetchval("SELECT count(*) FROM session") == 0


async def test_the_database_holds_no_cookie_no_token_and_no_name_of_the_provider_s(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway, browser = await professional(lab, issuer)
    cookie = str(browser.cookie(gateway.address, COOKIE))
    async with open_pool(lab.database, application_name="test", max_size=1) as pool:
        row = await pool.fetchrow("SELECT * FROM session")
    assert row is not None
    written = str(dict(row))
    assert cookie not in written
    assert "demo-professionnels-camille" not in written
    assert row["subject"] == pseudonym(
        b"k" * 32, f"{issuer.base}/professionnels", "demo-professionnels-camille"
    )
    assert unseal(row["sealed"], "another") is None
    assert str(unseal(row["sealed"], cookie)).startswith("eyJ")
    assert unseal(seal("é", cookie), cookie) == "é"


async def test_without_the_database_only_open_routes_answer(
    lab: LoginWorld, issuer: EmbeddedIssuer, start_server: StartServer
) -> None:
    server = start_server("postgres")
    lab.database = server.address
    await migrate(server.address, "gateway")
    gateway, browser = await professional(lab, issuer)
    assert (await browser.go(f"{gateway.address}/echo/closed")).status == 200
    server.kill()

    async def forgotten() -> bool:
        return (await browser.go(f"{gateway.address}/echo/closed")).status == 503

    await until(forgotten)
    assert (await browser.go(f"{gateway.address}/echo/open")).status == 200
    page = await browser.go(f"{gateway.address}/auth/login/professionnels")
    assert page.status == 503
    assert "connexion est impossible" in page.text


def test_a_forged_cookie_is_refused_without_a_query() -> None:
    cookie = new_cookie("a" * 43, b"k" * 32)
    assert has_valid_mac(cookie, b"k" * 32)
    for other in (cookie[:-1] + "?", "b" + cookie[1:], "a" * 43, "a.b.c", ".", "é.é"):
        assert not has_valid_mac(other, b"k" * 32), other
    assert not has_valid_mac(cookie, b"l" * 32)


async def test_concurrent_requests_query_the_database_once(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway, browser = await professional(lab, issuer)
    pages = await asyncio.gather(*(browser.go(f"{gateway.address}/echo/closed") for _ in range(20)))
    assert {page.status for page in pages} == {200}

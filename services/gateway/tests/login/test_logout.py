"""Logout by the person, and by the provider through the back channel and the front channel."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from gateway_world import Gateway
from identity_providers import EmbeddedIssuer
from login_world import Browser, LoginWorld, from_now, has_session, me

from gateway.sessions.domain.session import COOKIE
from socle.postgres import open_pool
from socle.testing import until

BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"
SAME = {"sec-fetch-site": "same-origin"}
# What a client sees when the server stops between two statements.
FAILING_DELETES = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stopped' USING ERRCODE = 'admin_shutdown';
END $$;
CREATE TRIGGER failing BEFORE DELETE ON session EXECUTE FUNCTION fail();
"""


async def logged_in(
    lab: LoginWorld, issuer: EmbeddedIssuer, gateway: Gateway, account: str = "marc"
) -> Browser:
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/citoyens")
    assert (await issuer.log_in(browser, page, account)).status == 200
    return browser


async def start(lab: LoginWorld, issuer: EmbeddedIssuer) -> Gateway:
    lab.providers = issuer.toml("citoyens")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    return gateway


async def test_a_person_leaves_here_and_at_the_provider(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway = await start(lab, issuer)
    browser = await logged_in(lab, issuer, gateway)
    account = await browser.go(f"{gateway.address}/auth/compte")
    assert f"form-action 'self' {issuer.base};" in account.headers["content-security-policy"]
    page = await browser.submit(account)
    assert (page.status, page.url) == (200, f"{gateway.address}/auth/logout")
    assert "déconnecté" in page.text
    ending = next(url for url in browser.visited if "/citoyens/logout" in url)
    assert "id_token_hint=eyJ" in ending  # it identifies the session to the provider
    assert not has_session(browser, gateway)
    # The provider ended its own session: it requires a login.
    page = await browser.go(f"{gateway.address}/auth/login/citoyens")
    assert "Choisissez un compte" in page.text


async def test_the_address_of_the_logout_has_a_button(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway = await start(lab, issuer)
    place = f"{gateway.address}/auth/logout"
    browser = await lab.browser()
    page = await browser.go(place)
    assert "Vous êtes déconnecté" in page.text
    assert "<form" not in page.text
    assert 'href="/auth/login"' in page.text
    browser = await logged_in(lab, issuer, gateway)
    page = await browser.go(place)
    assert (page.status, page.url) == (200, place)
    assert "Marc MODÈLE" in page.text
    assert f"form-action 'self' {issuer.base};" in page.headers["content-security-policy"]
    assert has_session(browser, gateway)
    page = await browser.submit(page)
    assert (page.status, page.url) == (200, place)
    assert "déconnecté" in page.text
    assert any("/citoyens/logout" in url for url in browser.visited)
    # The same form, sent by a second tab.
    again = await browser.go(place, method="POST", headers=SAME)
    assert (again.status, again.url) == (200, place)


async def test_the_session_is_over_everywhere_not_only_in_the_browser(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway = await start(lab, issuer)
    other, _ = await lab.start(public=gateway.address)  # another replica
    browser = await logged_in(lab, issuer, gateway)
    cookie = browser.cookie(gateway.address, COOKIE)
    thief = await lab.browser()
    for place in (gateway, other):
        thief.cookies[f"127.0.0.1:{place.port}"] = {COOKIE: str(cookie)}
        assert (await me(thief, place))["role"] == "traveller"
    await browser.go(f"{gateway.address}/auth/logout", method="POST", headers=SAME)
    assert (await me(thief, gateway))["role"] == "anonymous"

    async def gone() -> bool:
        return bool((await me(thief, other))["role"] == "anonymous")

    await until(gone)


async def test_a_logout_without_a_session_succeeds(lab: LoginWorld, issuer: EmbeddedIssuer) -> None:
    gateway = await start(lab, issuer)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/logout", method="POST")
    assert page.status == 200


async def test_an_unreachable_provider_does_not_prevent_a_logout(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway = await start(lab, issuer)
    browser = await logged_in(lab, issuer, gateway)
    cookie = browser.cookie(gateway.address, COOKIE)
    await issuer.stop()
    left = await browser.go(
        f"{gateway.address}/auth/logout", method="POST", headers=SAME, follow=False
    )
    assert left.status == 303
    browser.cookies[f"127.0.0.1:{gateway.port}"] = {COOKIE: str(cookie)}
    assert (await me(browser, gateway))["role"] == "anonymous"


async def test_a_back_channel_logout_ends_the_session(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway = await start(lab, issuer)
    browser = await logged_in(lab, issuer, gateway)
    another = await logged_in(lab, issuer, gateway)
    # A logout at the provider itself, from the first browser.
    await browser.go(f"{issuer.base}/citoyens/logout")
    assert (await me(browser, gateway))["role"] == "anonymous"
    assert (await me(another, gateway))["role"] == "traveller"


async def test_a_front_channel_logout_ends_the_session(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway = await start(lab, issuer)
    browser = await logged_in(lab, issuer, gateway)
    async with open_pool(lab.database, application_name="test", max_size=1) as pool:
        sid = await pool.fetchval("SELECT sid FROM session")
    place = f"{gateway.address}/auth/frontchannel-logout/citoyens"
    iss = f"{issuer.base}/citoyens"
    stranger = await lab.browser()
    for query in (
        "",
        f"?sid={sid}",
        f"?iss={iss}&sid=",
        f"?iss=http://127.0.0.1:9&sid={sid}",
        f"?iss={iss}&sid=%00",
    ):
        assert (await stranger.go(place + query)).status in (400, 401)
    assert (await stranger.go(f"{place}?iss={iss}&sid=unknown")).status == 200
    assert (await me(browser, gateway))["role"] == "traveller"
    assert (await stranger.go(f"{place}?iss={iss}&sid={sid}")).status == 200

    async def gone() -> bool:
        return bool((await me(browser, gateway))["role"] == "anonymous")

    await until(gone)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "http://127.0.0.1:9"},
        {"aud": "another"},
        {"nonce": "n"},
        {"events": None},
        {"events": {"other": {}}},
        {"events": [BACKCHANNEL_EVENT]},
        {"sub": None, "sid": None},
        {"jti": None},
        {"iat": timedelta(seconds=300)},
        {"exp": timedelta(seconds=-300)},
        {"exp": None},
    ],
    ids=str,
)
async def test_a_logout_token_that_is_not_to_be_believed(
    lab: LoginWorld, issuer: EmbeddedIssuer, changed: dict[str, Any]
) -> None:
    gateway = await start(lab, issuer)
    browser = await logged_in(lab, issuer, gateway)
    assert await send_logout(lab, gateway, token(issuer, from_now(changed))) == 400
    assert (await me(browser, gateway))["role"] == "traveller"


async def test_a_logout_token_is_accepted_once_and_by_subject(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway = await start(lab, issuer)
    first, second = [await logged_in(lab, issuer, gateway) for _ in range(2)]
    other = await logged_in(lab, issuer, gateway, "lucie")
    message = token(issuer, {"sid": None})
    assert await send_logout(lab, gateway, message) == 200
    for browser in (first, second):
        assert (await me(browser, gateway))["role"] == "anonymous"
    assert (await me(other, gateway))["role"] == "patient"
    assert await send_logout(lab, gateway, message) == 400
    for form in ("", "logout_token=", "logout_token=a&logout_token=b", "logout_token=a.b.c"):
        assert await send_logout(lab, gateway, form, raw=True) == 400


async def test_a_logout_token_that_had_no_effect_is_accepted_again(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway = await start(lab, issuer)
    browser = await logged_in(lab, issuer, gateway)
    message = token(issuer, {"sid": None})
    async with open_pool(lab.database, application_name="test", max_size=1) as pool:
        await pool.execute(FAILING_DELETES)
        assert await send_logout(lab, gateway, message) == 503
        await pool.execute("DROP TRIGGER failing ON session")
    assert (await me(browser, gateway))["role"] == "traveller"
    assert await send_logout(lab, gateway, message) == 200
    assert (await me(browser, gateway))["role"] == "anonymous"
    assert await send_logout(lab, gateway, message) == 400


def token(issuer: EmbeddedIssuer, changed: Mapping[str, Any]) -> str:
    """A logout token for Marc, signed with the realm's key."""
    now = int(time.time())
    claims = {
        "iss": f"{issuer.base}/citoyens",
        "aud": "regionlab",
        "iat": now,
        "exp": now + 60,
        "jti": f"jti-{now}",
        "events": {BACKCHANNEL_EVENT: {}},
        "sub": "demo-citoyens-marc",
        "sid": "unknown",
    } | changed
    message = {name: value for name, value in claims.items() if value is not None}
    return issuer.signers["citoyens"].sign(message, typ="logout+jwt")


async def send_logout(lab: LoginWorld, gateway: Gateway, message: str, *, raw: bool = False) -> int:
    browser = await lab.browser()
    async with browser.http.post(
        f"{gateway.address}/auth/backchannel-logout/citoyens",
        data=message if raw else f"logout_token={message}",
        headers={"content-type": "application/x-www-form-urlencoded"},
    ) as answer:
        return answer.status

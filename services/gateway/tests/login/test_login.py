"""Login with each provider, by a browser, through a real gateway and a real issuer."""

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from gateway_world import exchange
from identity_providers import EmbeddedIssuer
from login_world import Browser, LoginWorld, Page, has_session, me

from gateway.sessions.domain.session import COOKIE


async def at_the_issuer(browser: Browser, base: str, realm: str, after: str = "") -> Page:
    """Follow the login from the gateway's page to the provider's."""
    page = await browser.go(f"{base}/auth/login{after}")
    assert f"/auth/login/{realm}" in page.text
    return await browser.go(f"{base}/auth/login/{realm}{after}")


@pytest.mark.parametrize(
    ("realm", "account", "role", "label", "more"),
    [
        (
            "professionnels",  # private_key_jwt, userinfo as a JWE, odd discovery path
            "camille",
            "professional",
            "Camille DÉMO",
            {"organisation": "demo-cabinet"},
        ),
        ("citoyens", "lucie", "patient", "Lucie EXEMPLE", {"patient": "demo-lucie"}),
        ("citoyens", "marc", "traveller", "Marc MODÈLE", {"patient": None}),
        ("coordination", "sacha", "coordinator", "Sacha TÉMOIN", {}),  # userinfo as a JWT
    ],
)
async def test_a_person_logs_in_and_is_known(
    lab: LoginWorld,
    issuer: EmbeddedIssuer,
    realm: str,
    account: str,
    role: str,
    label: str,
    more: dict[str, str | None],
) -> None:
    lab.providers = "".join(map(issuer.toml, ("professionnels", "citoyens", "coordination")))
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await at_the_issuer(browser, gateway.address, realm, "?next=/echo/ici%3Fa%3D1")
    page = await issuer.log_in(browser, page, account)
    assert (page.status, page.url) == (200, f"{gateway.address}/echo/ici?a=1")
    body = await me(browser, gateway)
    assert (body["role"], body["label"], body["plan"]) == (role, label, "public")
    assert body.items() >= more.items()
    assert body["expires"]
    account_page = await browser.go(f"{gateway.address}/auth/compte")
    # The identifier that a coordinator names them by.
    assert re.search(r"<code>[\w-]{43}</code>", account_page.text)
    assert label in account_page.text
    closed = await browser.go(f"{gateway.address}/echo/closed")
    assert closed.status == (200 if role == "professional" else 403)


async def test_the_language_chosen_on_the_site_is_that_of_the_providers_page(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    lab.providers = issuer.toml("coordination")  # it refuses unknown parameters
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    browser.cookies[urlsplit(gateway.address).netloc] = {"__Host-langue": "en"}
    page = await browser.go(f"{gateway.address}/auth/login/coordination")
    assert page.query["ui_locales"] == "en"
    assert "trial coordinator" in page.text
    page = await issuer.log_in(browser, page, "sacha")
    assert page.url == f"{gateway.address}/lab"


@pytest.mark.parametrize(
    ("realm", "account", "home"),
    [
        ("professionnels", "camille", "/pro"),
        ("coordination", "sacha", "/lab"),
        ("citoyens", "lucie", "/"),
        ("citoyens", "marc", "/"),
    ],
)
async def test_a_login_without_a_destination_ends_at_the_page_of_the_role(
    lab: LoginWorld, issuer: EmbeddedIssuer, realm: str, account: str, home: str
) -> None:
    lab.providers = issuer.toml(realm)
    gateway, _ = await lab.start(port=issuer.gateway_port)
    for after in ("", "?next=/", "?next=https://ailleurs.invalid/"):
        browser = await lab.browser()
        page = await at_the_issuer(browser, gateway.address, realm, after)
        page = await issuer.log_in(browser, page, account)
        assert (page.status, page.url) == (200, gateway.address + home), after


async def test_a_page_reserved_for_another_role_leads_to_who_is_logged_in(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    lab.providers = issuer.toml("professionnels")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    login = f"{gateway.address}/auth/login?next=%2Flab"
    assert "<h1>Se connecter</h1>" in (await browser.go(login)).text
    await issuer.log_in(
        browser, await at_the_issuer(browser, gateway.address, "professionnels"), "camille"
    )
    page = await browser.go(login)
    assert "<h1>Cette page est réservée aux coordinateurs des essais</h1>" in page.text
    assert "Vous êtes connecté comme Camille DÉMO (professionnel de santé)." in page.text
    for address in ("/pro", "/auth/compte", "/", "/auth/logout"):
        assert f'<a href="{address}">' in page.text.partition("<h1>")[2]
    assert "/auth/login/professionnels?next=%2Flab" in page.text
    own = await browser.go(f"{gateway.address}/auth/login?next=%2Fpro")
    assert "<h1>Se connecter</h1>" in own.text
    assert "Vous êtes connecté comme" in own.text


async def test_the_cookie_is_seen_by_no_script_and_no_other_host(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    lab.providers = issuer.toml("citoyens")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await at_the_issuer(browser, gateway.address, "citoyens")
    await issuer.log_in(browser, page, "marc")
    local = [line for line in browser.set_cookies if line.startswith("__Host-")]
    assert {line.split("=")[0] for line in local} == {"__Host-login", COOKIE}
    for line in local:
        flags = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= flags
        assert not any(flag.startswith("domain") for flag in flags)
    cookie = browser.cookie(gateway.address, COOKIE)
    assert cookie is not None
    chance, _, mark = cookie.partition(".")
    assert len(chance) == 43  # 256 bits
    assert len(mark) == 22
    displayed = [page.text for page in [await browser.go(f"{gateway.address}/auth/compte")]]
    displayed.append(str(await me(browser, gateway)))
    # A token: three letters alone stand in random text by chance.
    assert not any(re.search(r"eyJ[\w-]+\.", text) or cookie in text for text in displayed)


async def test_a_login_gives_a_new_session_and_ends_the_former(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    lab.providers = issuer.toml("citoyens")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    cookies = []
    for _ in range(2):
        page = await browser.go(f"{gateway.address}/auth/login/citoyens")
        if "<form" in page.text:
            await issuer.log_in(browser, page, "marc")
        cookies.append(browser.cookie(gateway.address, COOKIE))
    assert cookies[0] != cookies[1]
    assert (await me(browser, gateway))["role"] == "traveller"
    thief = await lab.browser()
    thief.cookies = {gateway.address.removeprefix("http://"): {COOKIE: str(cookies[0])}}
    assert (await me(thief, gateway))["role"] == "anonymous"


async def test_an_attacker_s_own_session_or_answer_is_not_taken(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    """Session fixation and login CSRF: a callback started in another browser opens no session."""
    lab.providers = issuer.toml("citoyens")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    attacker, victim = await lab.browser(), await lab.browser()
    page = await attacker.go(f"{gateway.address}/auth/login/citoyens")
    own = attacker.cookies.pop(gateway.address.removeprefix("http://"))
    refused = await attacker.submit(page, account="marc")  # without its own cookie
    assert refused.status == 400
    assert "Recommencez" in refused.text
    refused = await victim.go(refused.url)
    assert refused.status == 400
    assert not has_session(victim, gateway)
    # The browser that started it can still finish it, once.
    attacker.cookies[gateway.address.removeprefix("http://")] = own
    assert (await attacker.go(refused.url)).status == 200
    assert (await attacker.go(refused.url)).status == 400


@pytest.mark.parametrize(
    "bad",
    [
        "//ailleurs.invalid/",
        "/\\ailleurs.invalid",
        "https://ailleurs.invalid/",
        "javascript:alert(1)",
        "/a\r\nset-cookie: x=1",
        "",
    ],
)
async def test_a_login_never_redirects_to_another_site(
    lab: LoginWorld, issuer: EmbeddedIssuer, bad: str
) -> None:
    lab.providers = issuer.toml("citoyens")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/citoyens?next={quote(bad, safe='')}")
    page = await issuer.log_in(browser, page, "marc")
    assert page.url == f"{gateway.address}/"


async def test_one_provider_away_leaves_the_others(
    lab: LoginWorld, issuer: EmbeddedIssuer, tmp_path: Path
) -> None:
    away = issuer.toml(
        "coordination",
        issuer='"http://127.0.0.1:9/coordination"',
        discovery='"http://127.0.0.1:9/coordination/x"',
    )
    lab.providers = issuer.toml("citoyens") + away
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/coordination?next=/echo/a")
    assert page.status == 503
    assert "ne répond pas" in page.text
    assert 'href="/auth/login?next=%2Fecho%2Fa"' in page.text
    assert page.headers["retry-after"]
    page = await at_the_issuer(browser, gateway.address, "citoyens")
    assert (await issuer.log_in(browser, page, "marc")).status == 200


async def test_a_provider_that_fails_during_a_login_is_reported(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    lab.providers = issuer.toml("citoyens")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/citoyens")
    back = (await browser.submit(page, follow=False, account="marc")).headers["location"]
    await issuer.stop()
    page = await browser.go(back)
    assert page.status == 503
    assert "Recommencer la connexion" in page.text
    # Sessions stay valid, and open routes answer.
    assert (await browser.go(f"{gateway.address}/echo/ouvert")).status == 200


async def test_rotated_keys_are_found_and_former_ones_retained(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    lab.providers = issuer.toml("citoyens")
    gateway, parts = await lab.start(port=issuer.gateway_port)
    for account in ("marc", "lucie"):
        browser = await lab.browser()
        page = await browser.go(f"{gateway.address}/auth/login/citoyens")
        assert (await issuer.log_in(browser, page, account)).status == 200
        issuer.signers["citoyens"].rotate()
        # The cool-down between two fetches of the keys is tested elsewhere.
        parts.documents._cached["citoyens"].keys_attempted_at = float("-inf")


async def test_unknown_providers_and_mere_bearers_are_no_way_in(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    more = 'bearer_audience = "api"\nid = "jetons"\n'
    bearer = issuer.toml("citoyens", client_secret_file="#").replace('id = "citoyens"\n', more)
    bearer = "".join(line + "\n" for line in bearer.splitlines() if "#" not in line)
    lab.providers = bearer
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    assert "pas encore possible" in (await browser.go(f"{gateway.address}/auth/login")).text
    for host in (b"[", b"[x]:", b"localhost:x", b""):
        sent = b"GET /auth/login HTTP/1.1\r\nConnection: close\r\nHost: %s\r\n\r\n" % host
        raw = await exchange(gateway.port, sent)
        assert raw.split(b" ", 2)[1] in (b"200", b"303"), raw
    for name in ("jetons", "inconnu"):
        for place in ("login", "callback", "frontchannel-logout"):
            assert (await browser.go(f"{gateway.address}/auth/{place}/{name}")).status == 404

"""Invalid responses of a provider: each gives a page that explains it, and no session."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from gateway_world import Gateway
from identity_providers import EmbeddedIssuer
from joserfc.jwk import ECKey, OctKey, RSAKey
from login_world import Browser, LoginWorld, Page, from_now, has_session

STRANGER = ECKey.generate_key("P-256", {"kid": "stranger"})


async def log_in(
    lab: LoginWorld, issuer: EmbeddedIssuer, realm: str = "citoyens", **more: str
) -> tuple[Gateway, Browser, Page]:
    lab.providers = issuer.toml(realm, **more)
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/{realm}")
    return gateway, browser, await issuer.log_in(browser, page, "marc")


def is_refused(page: Page, gateway: Gateway, browser: Browser, status: int = 401) -> None:
    assert page.status == status, page.text
    assert not has_session(browser, gateway)
    assert "Connexion impossible" in page.text
    assert 'href="/auth/login"' in page.text
    assert '<html lang="fr">' in page.text


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://127.0.0.1:9/citoyens"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["regionlab", "another"], "azp": None},
        {"azp": "another"},
        {"nonce": "n" * 43},
        {"exp": timedelta(seconds=-120)},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": timedelta(seconds=120)},
        {"iat": None},
        {"sub": ""},
        {"sub": "demo-citoyens-lucie"},  # userinfo of another subject
    ],
    ids=str,
)
async def test_an_invalid_id_token_is_refused(
    lab: LoginWorld, issuer: EmbeddedIssuer, claims: dict[str, Any]
) -> None:
    issuer.signers["citoyens"].claims = from_now(claims)
    gateway, browser, page = await log_in(lab, issuer)
    is_refused(page, gateway, browser)


@pytest.mark.parametrize(
    "claims", [{"exp": timedelta(seconds=-30)}, {"iat": timedelta(seconds=30)}], ids=str
)
async def test_clocks_can_differ_by_less_than_a_minute(
    lab: LoginWorld, issuer: EmbeddedIssuer, claims: dict[str, Any]
) -> None:
    issuer.signers["citoyens"].claims = from_now(claims)
    _, _, page = await log_in(lab, issuer)
    assert page.status == 200


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ({}, STRANGER),  # signed by another key, with a known id
        ({"kid": "stranger"}, STRANGER),
        ({"alg": "RS256", "kid": "stranger"}, RSAKey.generate_key(2048)),
        ({"alg": "HS256"}, OctKey.import_key("a" * 64)),
        ({"jwk": STRANGER.as_dict(private=False)}, STRANGER),
        ({"jku": "http://127.0.0.1:9/jwks", "kid": "stranger"}, STRANGER),
    ],
    ids=["other key", "unknown kid", "other algorithm", "HS256", "jwk", "jku"],
)
async def test_an_id_token_that_another_signed(
    lab: LoginWorld, issuer: EmbeddedIssuer, header: dict[str, Any], key: Any
) -> None:
    issuer.signers["citoyens"].header, issuer.signers["citoyens"].key = header, key
    gateway, browser, page = await log_in(lab, issuer)
    is_refused(page, gateway, browser)


async def test_a_level_below_the_requested_one(lab: LoginWorld, issuer: EmbeddedIssuer) -> None:
    gateway, browser, page = await log_in(lab, issuer, acr='["eidas2"]')
    is_refused(page, gateway, browser, 403)
    assert "une connexion plus sûre" in page.text


async def test_an_account_without_a_role(lab: LoginWorld, issuer: EmbeddedIssuer) -> None:
    gateway, browser, page = await log_in(lab, issuer, role_values='{patient = "patient"}')
    is_refused(page, gateway, browser, 403)
    assert "ne donne accès à rien" in page.text


async def test_userinfo_in_another_form_than_the_one_agreed(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    gateway, browser, page = await log_in(lab, issuer, userinfo='"jwt"')
    is_refused(page, gateway, browser)


async def test_userinfo_sealed_to_another(lab: LoginWorld, issuer: EmbeddedIssuer) -> None:
    lab.providers = issuer.toml("professionnels")
    keys = issuer.folder / "client-keys.json"
    other = RSAKey.generate_key(2048, {"kid": "other", "use": "enc"}).as_dict(private=True)
    cached = [each for each in json.loads(keys.read_text())["keys"] if each["use"] == "sig"]
    keys.write_text(json.dumps({"keys": [*cached, other]}))
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/professionnels")
    page = await issuer.log_in(browser, page, "camille")
    is_refused(page, gateway, browser)


async def test_a_client_the_provider_does_not_know(lab: LoginWorld, issuer: EmbeddedIssuer) -> None:
    (issuer.folder / "client.secret").write_text("another secret")
    gateway, browser, page = await log_in(lab, issuer)
    is_refused(page, gateway, browser)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"state": "x" * 43}, 400),
        ({"state": ""}, 400),
        ({"iss": "http://127.0.0.1:9/citoyens"}, 401),
        ({"iss": ""}, 401),
        ({"code": "x" * 43}, 401),
        ({"code": ""}, 401),
        ({"code": "", "error": "access_denied"}, 403),
        ({"code": "", "error": "server_error"}, 401),
    ],
    ids=str,
)
async def test_an_answer_that_was_tampered_with(
    lab: LoginWorld, issuer: EmbeddedIssuer, changed: dict[str, str], status: int
) -> None:
    lab.providers = issuer.toml("citoyens")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/citoyens")
    back = urlsplit(await answer_of(browser, page, "marc"))
    message = {k: v for k, v in (dict(parse_qsl(back.query)) | changed).items() if v}
    page = await browser.go(urlunsplit(back._replace(query=urlencode(message))))
    is_refused(page, gateway, browser, status)


async def test_the_answer_of_one_provider_given_to_another(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    """Mix-up attack: the state is bound to its provider."""
    lab.providers = issuer.toml("citoyens") + issuer.toml("coordination")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/citoyens")
    back = await answer_of(browser, page, "marc")
    page = await browser.go(back.replace("/callback/citoyens", "/callback/coordination"))
    is_refused(page, gateway, browser, 400)


async def answer_of(browser: Browser, page: Page, account: str) -> str:
    """The callback URL the issuer redirects to, before it is requested."""
    answer = await browser.submit(page, follow=False, account=account)
    return answer.headers["location"]

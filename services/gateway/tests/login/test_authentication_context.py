"""`acr`, `auth_time` and `fhirUser` of people, in the tokens of applications."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from gateway_world import World
from identity_providers import EmbeddedIssuer
from login_world import LoginWorld
from oauth_world import AuthorizationQuery, Platform, claims_of, of_dossier, start_platform

from gateway.authentication.domain.bearer_claims import verify_own_claims
from gateway.login.domain.openid import acr_of, auth_time_of
from gateway.sessions.adapters.session_store import PostgresSessions
from gateway.sessions.domain.session import COOKIE, digest_of
from socle.postgres import open_pool

OFFLINE = "openid fhirUser launch/patient offline_access patient/Observation.rs"
CLAIMS = ("acr", "auth_time", "fhirUser")


@pytest_asyncio.fixture
async def platform(world: World, postgres_url: str, tmp_path: Path) -> Platform:
    return await start_platform(world, postgres_url, tmp_path)


@pytest.mark.parametrize(
    ("person", "parameters", "expected"),
    [
        ("alice", AuthorizationQuery(OFFLINE), ("eidas2", 1_700_000_000, "Patient/alice-1")),
        (
            "docteur",
            of_dossier("openid fhirUser user/Observation.rs offline_access"),
            ("eidas1", 1_700_000_100, "Practitioner/899700000001"),
        ),
        (
            "collegue",
            of_dossier("openid fhirUser user/Observation.rs offline_access"),
            (None, None, None),
        ),
    ],
)
async def test_tokens_and_introspection_contain_it(
    platform: Platform, person: str, parameters: AuthorizationQuery, expected: tuple[Any, ...]
) -> None:
    body = (await platform.exchange(await platform.code(person, parameters), parameters)).json
    acr, auth_time, user = expected
    wanted = (acr, auth_time, user and f"{platform.public}/fhir/{user}")
    again = await platform.token(
        parameters.client, {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
    )
    for answer in (body, again.json):
        for claims in (
            claims_of(answer["access_token"]),
            claims_of(answer["id_token"]),
            await platform.introspect(answer["access_token"]),
        ):
            assert tuple(claims.get(name) for name in CLAIMS) == wanted
        assert ("fhirUser" in answer["scope"].split()) == (user is not None)
        professions = claims_of(answer["access_token"]).get("professions")
        assert professions == ("10 60" if person == "docteur" else None)
        verified = verify_own_claims(
            claims_of(answer["access_token"]),
            "at+jwt",
            issuer=platform.public,
            audiences=frozenset({platform.public}),
            now=platform.clock.now().timestamp(),
        )
        assert verified.identity.professions == professions


async def test_who_does_not_give_it_is_not_named(platform: Platform) -> None:
    parameters = AuthorizationQuery("openid launch/patient patient/Observation.rs")
    body = (await platform.exchange(await platform.code("alice", parameters), parameters)).json
    assert claims_of(body["id_token"])["acr"] == "eidas2"
    assert "fhirUser" not in claims_of(body["id_token"])
    assert "fhirUser" not in claims_of(body["access_token"])


async def test_a_program_did_not_log_in(platform: Platform) -> None:
    answer = await platform.token(
        "entrepot", {"grant_type": "client_credentials", "scope": "system/Patient.rs"}
    )
    assert not set(CLAIMS) & set(claims_of(answer.json["access_token"]))


async def test_a_session_stores_the_claims_of_the_provider(
    lab: LoginWorld, issuer: EmbeddedIssuer
) -> None:
    lab.providers = issuer.toml("professionnels")
    gateway, _ = await lab.start(port=issuer.gateway_port)
    browser = await lab.browser()
    page = await browser.go(f"{gateway.address}/auth/login/professionnels")
    await issuer.log_in(browser, page, "camille")
    digest = digest_of(str(browser.cookie(gateway.address, COOKIE)))
    async with open_pool(lab.database, application_name="test", max_size=1) as pool:
        found = await PostgresSessions(pool, idle=timedelta(minutes=30)).get(digest)
    assert found is not None
    who = found[0].identity(0.0)
    assert (who.acr, who.fhir_user) == ("eidas1", "Practitioner/899700000001")
    assert who.professions == "10"
    assert who.auth_time is not None
    assert who.auth_time > 1_700_000_000


@pytest.mark.parametrize("claim", [None, "", 1, ["eidas1"], "x" * 501])
def test_a_level_that_is_none_is_none(claim: object) -> None:
    assert acr_of({"acr": claim}) is None


@pytest.mark.parametrize("claim", [None, "", "1700000000", True, -1, 0, 1e400, 2**63, float("nan")])
def test_an_instant_that_is_none_is_none(claim: object) -> None:
    assert auth_time_of({"auth_time": claim}) is None

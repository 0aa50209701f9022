"""Who is logged in: the header, the pages of each role, and what caches may share."""

import json
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from callers import KEY, headers_of
from region_api import Region, StartPortal

from socle.auth import CallerVerification, GatewayKeys, Verifier
from socle.clock import SystemClock


@pytest_asyncio.fixture
async def guarded(
    region: Region, start_portal: StartPortal, client: aiohttp.ClientSession, tmp_path: Path
) -> str:
    """The pages behind the verification of callers."""
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    verifier = Verifier(GatewayKeys(str(keys), client, SystemClock()), audiences={"portail"})
    return await start_portal(region.address, lambda app: CallerVerification(app, verifier))


async def test_the_header_names_who_is_logged_in(
    guarded: str, client: aiohttp.ClientSession
) -> None:
    headers = headers_of("professional", "Camille <Robert>")
    async with client.get(f"{guarded}/perturbations?quand=all", headers=headers) as answer:
        page = await answer.text()
        assert answer.headers["cache-control"] == "private, no-store"
        assert "cookie" in answer.headers["vary"]
    assert '<a href="/auth/compte">Camille &lt;Robert&gt;</a>' in page
    assert ">Se déconnecter</a>" in page
    assert '<a href="/pro">Espace pro</a>' in page
    assert "/auth/login" not in page


async def test_a_reader_without_account_can_log_in_and_come_back(
    guarded: str, client: aiohttp.ClientSession
) -> None:
    headers = headers_of("anonymous")
    async with client.get(f"{guarded}/perturbations?quand=all", headers=headers) as answer:
        page = await answer.text()
        assert answer.headers["cache-control"] == "public, max-age=60"
    assert "/auth/login?next=/perturbations%3Fquand%3Dall" in page
    assert "/auth/logout" not in page


@pytest.mark.parametrize(
    ("path", "role", "title"),
    [
        ("/pro", "professional", "Espace des professionnels de santé"),
        ("/mon-dossier", "patient", "Mon dossier"),
    ],
)
async def test_a_space_opens_for_its_role_alone(
    guarded: str, client: aiohttp.ClientSession, path: str, role: str, title: str
) -> None:
    async with client.get(guarded + path, headers=headers_of(role)) as answer:
        assert answer.status == 200
        assert f"<h1>{title}</h1>" in await answer.text()
        assert answer.headers["cache-control"] == "no-store"
    for other in {"anonymous", "traveller", "professional", "patient", "coordinator"} - {role}:
        headers = headers_of(other)
        async with client.get(guarded + path, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 302, other
            assert answer.headers["location"] == f"/auth/login?next={path.replace('/', '%2F')}"


async def test_a_page_is_in_the_language_that_the_browser_prefers(
    portal: str, client: aiohttp.ClientSession
) -> None:
    for accepted, language, title in (
        ("en-GB,en;q=0.9,fr;q=0.8", "en", "Where are you going?"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr", "Où allez-vous\N{NO-BREAK SPACE}?"),
        ("de", "fr", "Où allez-vous\N{NO-BREAK SPACE}?"),
        ("", "fr", "Où allez-vous\N{NO-BREAK SPACE}?"),
    ):
        async with client.get(portal, headers={"accept-language": accepted}) as answer:
            page = await answer.text()
            assert answer.headers["content-language"] == language
            assert "accept-language" in answer.headers["vary"]
        assert f'<html lang="{language}">' in page
        assert f"<h1>{title}</h1>" in page
        other = "fr" if language == "en" else "en"
        assert f'<a href="/langue?vers={other}&amp;page=/" lang="{other}"' in page

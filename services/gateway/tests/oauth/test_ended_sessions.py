"""Forms sent after the session has ended, or twice: nothing is lost, and each has a page."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest_asyncio
from gateway_world import World
from oauth_world import Answer, Platform, of_dossier, start_platform

SCOPE = "launch/patient patient/Observation.rs patient/Condition.rs offline_access"
HTML = {"accept": "text/html"}


@pytest_asyncio.fixture
async def platform(world: World, postgres_url: str, tmp_path: Path) -> Platform:
    return await start_platform(world, postgres_url, tmp_path)


def next_of(page: Answer) -> str:
    """Where the login of that page leads."""
    found = re.search(r'<main.*?href="(/auth/login[^"]+)"', page.text, re.DOTALL)
    assert found, page.text
    return dict(parse_qsl(urlsplit(unescape(found[1])).query))["next"]


def ticked_of(page: Answer) -> set[str]:
    boxes = re.findall(r'name="keep" value="([^"]+)" checked', page.text)
    return {unescape(value) for value in boxes}


async def send_without_a_session(platform: Platform, page: Answer) -> Answer:
    fields = [
        ("ticket", page.ticket),
        ("patient", "p-1"),
        ("keep", "patient/Condition.rs"),
        ("keep", "offline_access"),
        ("answer", "some"),
    ]
    return await platform.post("/auth/consent", fields, **HTML)


async def test_the_choices_of_a_consent_are_found_again_after_the_login(
    platform: Platform,
) -> None:
    page = await platform.authorize("docteur", of_dossier(SCOPE))
    ended = await send_without_a_session(platform, page)
    assert ended.status == 401
    assert "vos choix sont gardés" in ended.text
    address = next_of(ended)
    # Before the login, the address leads to it.
    anonymous = await platform.get(address)
    assert dict(parse_qsl(urlsplit(anonymous.headers["location"]).query)) == {"next": address}
    for _ in range(2):
        again = await platform.get(address, "docteur")
        assert again.status == 200
        assert ticked_of(again) == {"patient/Condition.rs", "offline_access"}
        assert 'value="p-1"' in again.text
    back = await platform.consent("docteur", again, "some", "patient/Condition.rs", patient="p-1")
    assert back.status == 303
    assert "code" in back.redirected


async def test_the_choices_are_of_one_person_and_one_request(platform: Platform) -> None:
    page = await platform.authorize("docteur", of_dossier(SCOPE))
    address = next_of(await send_without_a_session(platform, page))
    assert (await platform.get(address, "collegue")).status == 410
    assert (await platform.consent("docteur", page, "none")).status == 303
    # A second tab.
    assert (await platform.get(address, "docteur")).status == 410
    sent = {"ticket": page.ticket, "answer": "all"}
    gone = await platform.post("/auth/consent", sent, "docteur", **HTML)
    assert gone.status == 410
    assert "Recommencez depuis l’application" in gone.text
    assert '<a href="/">' in gone.text


async def test_a_patient_that_was_typed_is_there_after_a_mistake(platform: Platform) -> None:
    page = await platform.authorize("docteur", of_dossier(SCOPE))
    page = await platform.consent("docteur", page, "some", patient="p-1")
    assert page.status == 400
    assert "Cochez au moins une ligne" in page.text
    assert 'value="p-1"' in page.text


async def test_more_choices_than_an_address_can_hold_are_made_again(platform: Platform) -> None:
    page = await platform.authorize("docteur", of_dossier(SCOPE))
    many = [("keep", f"patient/Observation.rs?category={n}") for n in range(80)]
    ended = await platform.post("/auth/consent", [("ticket", page.ticket), *many], **HTML)
    again = await platform.get(next_of(ended), "docteur")
    assert again.status == 200
    assert ticked_of(again) == set()


async def test_an_access_is_withdrawn_after_the_login(platform: Platform) -> None:
    ended = await platform.post("/auth/applications", {"client": "carnet"}, **HTML)
    assert ended.status == 401
    assert "Rien n’a été changé" in ended.text
    assert next_of(ended) == "/auth/applications"


async def test_without_a_request_the_address_leads_to_the_applications(platform: Platform) -> None:
    answer = await platform.get("/auth/consent", "docteur")
    assert (answer.status, answer.headers["location"]) == (303, "/auth/applications")


async def test_the_pages_are_in_the_language_of_their_reader(platform: Platform) -> None:
    for language, sentence, scope in (
        ("fr", "demande un accès", "Lire les observations"),
        ("en", "requests access", "Read the patient’s observations"),
    ):
        query = of_dossier(SCOPE).query(platform.public)
        headers = {"cookie": "person=docteur", "accept-language": language}
        async with platform.http.get(
            platform.public + "/auth/authorize", params=query, headers=headers
        ) as answer:
            text = await answer.text()
        assert f'<html lang="{language}">' in text
        assert sentence in text
        assert scope in text

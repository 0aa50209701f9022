"""The pages of the issuer: their language, the way back, no script."""

import re
from html import unescape

import pytest
from issuer_client import BACK, Person

from embedded.issuer.languages import TEXTS


@pytest.mark.parametrize(
    ("accepted", "ui_locales", "language"),
    [
        ("", "", "fr"),
        ("de", "", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.8", "", "en"),
        ("en;q=0.5,fr-FR", "", "fr"),
        ("en;q=0,de", "", "fr"),
        ("en;q=x", "", "fr"),
        ("en", "fr", "fr"),
        ("fr", "de en-US fr", "en"),
    ],
)
async def test_the_page_is_in_the_language_of_the_person(
    person: Person, accepted: str, ui_locales: str, language: str
) -> None:
    person.http.headers["accept-language"] = accepted
    page, _ = await person.request_authorization("citoyens", ui_locales=ui_locales)
    assert f'<html lang="{language}">' in page
    assert ("voyageur</button>" in page, "traveller</button>" in page) == (
        language == "fr",
        language == "en",
    )
    other = re.search(r'<a href="([^"]+)" lang="(..)"', page)
    assert other
    assert {other[2], language} == {"fr", "en"}
    async with person.http.get(f"{person.base}/citoyens/authorize{unescape(other[1])}") as answer:
        assert f'<html lang="{other[2]}">' in await answer.text()


async def test_every_page_leads_back_to_the_site(person: Person) -> None:
    back = '<a class="retour" href="http://127.0.0.1:9/">'
    page, _ = await person.request_authorization("citoyens")
    assert f"{back}Revenir au site sans se connecter</a>" in page
    page, _ = await person.request_authorization("citoyens", redirect_uri=BACK + "/x")
    assert f"{back}Revenir au site</a>" in page
    page, _ = await person.request_authorization("citoyens", client_id="inconnu")
    assert "<a " not in page
    async with person.http.post(
        f"{person.base}/citoyens/login",
        data={"request": "expired", "client_id": "portail", "ui_locales": "en"},
    ) as answer:
        assert answer.status == 400
        assert f"{back}Go back to the site</a>" in await answer.text()
    await person.log_in("citoyens", "marc")
    async with person.http.get(f"{person.base}/citoyens/logout?ui_locales=en") as answer:
        page = await answer.text()
    assert "You are logged out." in page
    assert f"{back}Go back to the site</a>" in page


def test_both_languages_have_the_same_texts() -> None:
    assert TEXTS["fr"].keys() == TEXTS["en"].keys()


async def test_the_page_needs_no_script_and_lets_none_in(person: Person) -> None:
    async with person.http.get(
        f"{person.base}/citoyens/authorize",
        params={
            "client_id": "portail",
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid",
            "state": "s" * 8,
            "nonce": "n" * 8,
            "code_challenge": "c" * 43,
            "code_challenge_method": "S256",
        },
    ) as answer:
        page, policy = await answer.text(), answer.headers["content-security-policy"]
    assert '<html lang="fr">' in page
    assert "<script" not in page
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9;" in policy

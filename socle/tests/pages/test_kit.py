"""The parts of the page kit that services fill in: links in texts, forms, errors."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import socle.pages
from socle.errors import Category, Refusal
from socle.http import Receive, Scope, Send, of_refusal
from socle.pages import (
    PageRequests,
    Pages,
    Visitor,
    check_session,
    error_answer,
    problem_sentence,
)
from socle.pages.dates import day_text, instant_text
from socle.pages.rendering import linked
from socle.testing.texts import differences_between_languages

FORM = """{% from "parts/forms.html" import field, text_area, session_field with context -%}
{{ session_field() }}
{{ field("code", "Code", "<a>", wrong="Faux.", help="Dix lettres.", required=true, size="9") }}
{{ text_area("said", "Avis", "<a>\nb", required=true, maxlength="20") }}
"""

FRENCH = """
refusal_over = "« {pilot} » est fini : {missing}, {n}."
refusal_title_over = "Trop tard"
"""
ENGLISH = """
refusal_over = "{pilot} is over: {missing}, {n}."
refusal_title_over = "Too late"
"""


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pages:
    """The pages of a service with one template."""
    folder = tmp_path / "kit_test_service" / "pages"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "form.html").write_text(FORM)
    (folder / "texts.toml").write_text(FRENCH)
    (folder / "texts.en.toml").write_text(ENGLISH)
    monkeypatch.syspath_prepend(tmp_path)
    return Pages("kit_test_service", "pages")


async def during_request(
    work: Callable[[], Any], *, language: str = "fr", role: str = "anonymous", path: str = "/essai"
) -> Any:
    """What `work` returns while the request of a page is answered."""
    returned: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        returned.append(work())

    async def unused(message: Any = None) -> Any:
        raise AssertionError

    headers = [(b"accept-language", language.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    visitor = Visitor(role, form_tag="" if role == "anonymous" else "tag")
    await PageRequests(app, lambda scope: visitor)(scope, unused, unused)
    return returned[0]


def test_both_languages_of_the_kit_have_the_same_texts() -> None:
    assert differences_between_languages(Path(socle.pages.__file__).parent) == []


def test_the_brackets_of_a_text_are_links() -> None:
    assert linked("Lire [la <suite>] ou [non].", "/a?b=1&c", "/d") == (
        'Lire <a href="/a?b=1&amp;c">la &lt;suite&gt;</a> ou <a href="/d">non</a>.'
    )
    for text in ("Rien.", "[a] [b]"):
        with pytest.raises(ValueError):
            linked(text, "/a")


async def test_a_field_is_described_by_its_help_and_its_mistake(pages: Pages) -> None:
    page = await during_request(lambda: pages.html("form.html"))
    assert (
        '<input id="code" name="code" type="text" value="&lt;a&gt;" required aria-invalid="true" '
        'aria-describedby="code-aide code-erreur" size="9">'
    ) in page
    assert '<p class="grave" id="code-erreur">Faux.</p>' in page
    assert (
        '<textarea id="said" name="said" rows="6" required maxlength="20">&lt;a&gt;\nb</textarea>'
    ) in page
    assert 'name="session"' not in page


async def test_a_session_that_ended_meanwhile_is_noticed(pages: Pages) -> None:
    page = await during_request(lambda: pages.html("form.html"), role="patient")
    assert '<input type="hidden" name="session" value="tag">' in page
    await during_request(lambda: check_session("tag"), role="patient")
    await during_request(lambda: check_session("", announced=True))
    await during_request(lambda: check_session(""), role="patient")
    for field, announced, rule in (
        ("another", False, "other_account"),
        ("", True, "logged_in_meanwhile"),
    ):
        with pytest.raises(Refusal) as refused:
            await during_request(partial(check_session, field, announced=announced), role="patient")
        assert refused.value.details["rule"] == rule
    with pytest.raises(Refusal) as refused:
        await during_request(lambda: check_session("tag"))
    problem = of_refusal(refused.value)
    typed = [("q-1", "Très bien,\n<b>merci</b>"), ("nps", "9")]
    answer = await during_request(
        lambda: error_answer(pages, problem, links=[("/auth/login", "Entrer")], typed=typed),
        path="/questionnaire",
    )
    text = answer.body.decode()
    assert answer.status_code == 401
    assert "Rien n’est perdu : connectez-vous dans un autre onglet" in text.replace("\xa0", " ")
    assert '<form method="post" action="/questionnaire">' in text
    assert ">Très bien,\n&lt;b&gt;merci&lt;/b&gt;</textarea>" in text
    assert '<input type="hidden" name="nps" value="9">' in text
    assert '<a href="/auth/login" target="_blank">Entrer (nouvel onglet)</a>' in text


async def test_why_a_request_is_refused_is_in_the_language_of_the_page(pages: Pages) -> None:
    details = {"pilot": "L'essai <1>", "missing": ("a", "b"), "n": 3}
    over = of_refusal(Refusal("gone", "fini", rule="over", **details))
    assert await during_request(lambda: problem_sentence(pages, over)) == (
        "«\xa0L’essai &lt;1&gt;\xa0» est fini\xa0: «\xa0a\xa0», «\xa0b\xa0», 3."
    )
    assert await during_request(lambda: problem_sentence(pages, over), language="en") == (
        '<span lang="fr">L’essai &lt;1&gt;</span> is over: <span lang="fr">«\xa0a\xa0»</span>, '
        '<span lang="fr">«\xa0b\xa0»</span>, 3.'
    )
    # A refusal without a text of the pages is rendered as it is, in French.
    other = of_refusal(Refusal("gone", "c'est fini", rule="stale"))
    assert await during_request(lambda: problem_sentence(pages, other), language="en") == (
        '<span lang="fr">C’est fini</span>'
    )


@pytest.mark.parametrize(
    ("category", "rule", "links", "title", "advice"),
    [
        ("gone", "over", (), "Trop tard", "Cherchez un arrêt, ou utilisez les liens"),
        ("gone", "stale", (), "Cette page a été supprimée", "Cherchez un arrêt, ou utilisez"),
        ("gone", "over", (("/b", "Là"),), "Trop tard", "Vous pouvez continuer par ici"),
        ("unavailable", "x", (("/b", "Là"),), "Service momentanément indisponible", "Réessayez"),
        ("too_many", "x", (), "Trop de demandes", "Attendez quelques secondes"),
    ],
)
async def test_an_error_has_a_title_and_an_advice(
    pages: Pages,
    category: Category,
    rule: str,
    links: tuple[tuple[str, str], ...],
    title: str,
    advice: str,
) -> None:
    problem = of_refusal(Refusal(category, "fini", rule=rule, pilot="A", missing=(), n=1))
    answer = await during_request(lambda: error_answer(pages, problem, links=links))
    page = answer.body.decode()
    assert f"<h1>{title}</h1>" in page
    assert advice in page
    assert ('role="search"' in page) is (not links)


async def test_dates_are_local_and_in_the_language_of_the_page() -> None:
    midnight = datetime(2026, 2, 28, 23, 5, tzinfo=UTC)
    for language, day, instant, august in (
        ("fr", "1er mars 2026", "1er mars 2026 à 0\u00a0h\u00a005", "2 août 2026"),
        ("en", "1 March 2026", "1 March 2026 at 0:05", "2 August 2026"),
    ):
        assert await during_request(lambda: day_text(midnight), language=language) == day
        assert await during_request(lambda: instant_text(midnight), language=language) == instant
        assert await during_request(lambda: day_text(date(2026, 8, 2)), language=language) == august

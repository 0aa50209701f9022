"""What holds for every page: two languages, typography, policy, errors that are pages."""

import re
from collections.abc import AsyncIterator

import pytest
from page_texts import PAGES, french_texts, texts_in
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, NOTICE, PROTOCOL, SALT_KEY, SOMEBODY, Lab
from survey_form import PATH as SURVEY_PAGE
from survey_form import SURVEY
from trial_people import halves, take_part
from visitors import Page, Visitor, codes

from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.domain.links import LinkPurpose, make_link
from socle.testing.push_service import AUTH, encoded
from socle.testing.texts import differences_between_languages

MINE = "/participer/mes-participations"
OPINIONS = "/participer/pilotes/alertes/avis"
LINKS: dict[str, LinkPurpose] = {"confirmer": "confirm", "arreter": "stop"}
REPORT = "/pilotes/v1/pilots/carnet/report"
POINT = encoded(b"\x04" + bytes(64))
SCRIPT = re.compile(r'<script type="module" src="/static/site/[^"]+"></script>')


async def prepared(pilots: Lab) -> str:
    """A trial with a questionnaire and an opinion, and one that is over. Returns a code."""
    protocol = PROTOCOL | {"reminders_at_most": 2}
    await pilots.reach_stage("trial", protocol=protocol, survey=SURVEY)
    await pilots.reach_stage("trial", "carnet")
    await take_part(
        pilots, halves(200, arm=0.75, control=0.5), since=pilots.clock.now(), pilot="carnet"
    )
    await pilots.change("POST", "/stage", {"to": "evaluation"}, pilot="carnet")
    # One is open, and reminders are offered of another.
    path, form = "/pilots/alertes/surveys/suivi", SURVEY | {"after_days": [28]}
    assert (await pilots.request("PUT", path, form, who=HOLDER)).status == 200
    await pilots.request(
        "POST", "/contributions", {"pilot_id": "alertes", "said": "Bien."}, who=ANONYMOUS
    )
    verdict = {"state": "published", "answer": "Merci."}
    await pilots.request("PUT", "/pilots/alertes/contributions/1", verdict, who=HOLDER, at=1)
    (code,) = await codes(pilots, uses=9)
    return code


async def reminder_links(pilots: Lab) -> list[str]:
    """The paths of the links that confirm the last address, and stop messages to it."""
    row = await pilots.pool.fetchrow("SELECT recipient_id, sealed FROM recipient")
    key, recipient = SealedAddresses(SALT_KEY).link_key, row["recipient_id"].bytes
    return [
        f"/participer/messages/{path}/{make_link(key, purpose, recipient, row['sealed'])}"
        for path, purpose in LINKS.items()
    ]


async def walk_reminders(visitor: Visitor) -> AsyncIterator[Page]:
    """The pages on which a participant chooses reminders, and those that links lead to."""
    reminders = await visitor.go(f"{MINE}/alertes/rappels")
    yield reminders
    for endpoint in ("https://ailleurs.example/1", "https://fcm.googleapis.com/wp/1"):
        browser = {"endpoint": endpoint, "p256dh": POINT, "auth": encoded(AUTH)}
        form = {**reminders.hidden, **browser}
        yield await visitor.go(f"{MINE}/alertes/rappels/notification", form)
    for address in ("a@b", "lucie@exemple.fr"):
        form = {**reminders.hidden, "address": address}
        yield await visitor.go(f"{MINE}/alertes/rappels", form)
    for link in await reminder_links(visitor.lab):
        for form in (None, {}):
            yield await visitor.go(link, form)
    yield await visitor.go("/participer/messages/confirmer/inconnu")


async def walk(code: str, visitor: Visitor) -> AsyncIterator[Page]:
    """Every page in the language of the visitor, who takes part and leaves."""
    for path in ("/participer", "/participer?code=ab", f"/participer/c/{code}", MINE):
        yield await visitor.go(path)
    yield await visitor.go(f"/participer/c/{code}/refus", {"decision": "no"})
    yield await visitor.go(f"/participer/c/{code}", {"decision": "yes"})
    yield await visitor.enrol(code)
    paths = ["/participer/retour", "/participer/effacement", SURVEY_PAGE, REPORT, "/pilotes"]
    paths += [MINE, f"{MINE}/alertes", f"{MINE}/alertes/retrait", f"{MINE}/alertes/signalement"]
    paths += [f"/participer/c/{code}", "/participer/questionnaires/merci", OPINIONS]
    for path in paths:
        yield await visitor.go(path)
    async for page in walk_reminders(visitor):
        yield page
    yield await visitor.go("/participer/retour", {"code": "0" * 24})
    yield await visitor.go(SURVEY_PAGE, {"nps": "3"})
    yield await visitor.go(f"{MINE}/alertes/signalement", {"what": "grave"})
    yield await visitor.go(f"{MINE}/alertes/signalement", {"what": "grave", "said": "Chute."})
    yield await visitor.go(f"{OPINIONS}/envoi", {"said": " "})
    yield await visitor.go(f"{OPINIONS}/envoi", {"said": "C'est utile."})
    await visitor.lab.change("POST", "/pause", {"reason": "Une panne."})
    yield await visitor.go("/pilotes")
    await visitor.lab.change("POST", "/resume", {"reason": "Réparée."})
    other = NOTICE | {"version": "2026-03-03", "risks": "Une alerte de trop."}
    await visitor.lab.change("POST", "/notices", other, who=HOLDER)
    for path in (MINE, f"{MINE}/alertes", f"{MINE}/alertes/nouvel-accord"):
        yield await visitor.go(path)
    for form in ({"decision": "no"}, {"decision": "yes"}):
        yield await visitor.go(f"{MINE}/alertes/nouvel-accord", form)
    for form in (None, {}):
        yield await visitor.go(f"{MINE}/alertes/limitation", form)
    for path in ("/participer/signature", "/participer/preuve"):
        for form in (None, {"code": "0" * 24}):
            yield await visitor.go(path, form)
    who = ANONYMOUS if visitor.who == ANONYMOUS else ("traveller", "claire")
    other = Visitor(visitor.lab, who, language=visitor.language)
    offer = await other.go(f"/participer/c/{code}?reading=easy")
    fields = {**offer.hidden, "declared": "age", "decision": "yes", "capacity": "represented"}
    waiting = await other.go(f"/participer/c/{code}", fields)
    yield waiting
    for action in ("read", "sign"):
        form = {"code": waiting.personal_code, "action": action}
        yield await other.go("/participer/signature", form)
    yield await visitor.go(f"{MINE}/alertes/nouvel-accord")
    yield await visitor.go(f"{MINE}/alertes/retrait", {})
    paths = ["/participer/c/AAAAA-AAAAA", f"{MINE}/autre", "/participer/rien", REPORT + ".pdf"]
    for path in [*paths, "/pilotes/v1/pilots/alertes/report", f"{MINE}/%00", "/participer/oublier"]:
        page = await visitor.go(path.replace("carnet/report.pdf", "aucun/report.pdf"))
        assert page.status >= 400
        yield page


def test_both_languages_have_the_same_texts() -> None:
    assert differences_between_languages(PAGES) == []


@pytest.mark.parametrize("who", [ANONYMOUS, SOMEBODY], ids=["device", "account"])
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_every_page_is_in_the_language_of_the_reader(
    pilots: Lab, language: str, who: tuple[str, str]
) -> None:
    code = await prepared(pilots)
    french = set(french_texts())
    titles = []
    async for page in walk(code, Visitor(pilots, who, language=language)):
        _is_strict(page)
        assert page.language == page.headers["content-language"] == language, page.path
        assert "’" in page.text or language == "en"
        assert not re.search(r"(?<=\w)'(?=\w)", re.sub(r"<[^>]+>", "", page.text)), page.path
        # Whoever is logged in is not asked to log in.
        assert ("/auth/login" in page.text) is (who == ANONYMOUS), page.path
        titles.append(page.title)
        if language == "en":
            assert not french & texts_in(page.text, "en"), page.path
    assert all(titles)
    assert len(titles) > 30


def _is_strict(page: Page) -> None:
    """A page is complete, has one heading, and nothing that its policy forbids. Of scripts, it has
    the kit's alone, where the policy allows them."""
    text, scripts = SCRIPT.subn("", page.text)
    policy = page.headers["content-security-policy"]
    allowed = "script-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    begins = f"default-src 'none'; {allowed if scripts else ''}style-src 'self'; img-src 'self'"
    assert policy.startswith(begins), page.path
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    assert not re.search(r"<(style|script)|\s(style|on\w+)=", text), page.path
    assert len(re.findall(r"<h1[ >]", page.text)) == 1
    assert re.search(r"<title>.+ – Région Lab</title>", page.text), page.path
    assert '<nav class="navigation"' in page.text
    assert '<footer class="pied"' in page.text


async def test_the_style_of_the_pages_is_served_here(pilots: Lab) -> None:
    page = await Visitor(pilots).go("/pilotes")
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)
    sheet = await Visitor(pilots).go(style)
    assert (sheet.status, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in sheet.headers["cache-control"]


async def test_the_former_address_of_the_list_leads_to_the_new_one(pilots: Lab) -> None:
    for query in ("", "?cursor=alertes"):
        url = f"{pilots.address}/participer/pilotes{query}"
        token = {"x-regionlab-token": pilots.token(ANONYMOUS)}
        async with pilots.client.get(url, headers=token, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (308, f"/pilotes{query}")


async def test_what_does_not_exist_is_a_page_for_people_and_a_problem_for_programs(
    pilots: Lab,
) -> None:
    visitor = Visitor(pilots)
    for path, status in (("/participer/rien", 404), ("/pilotes/rien", 404)):
        page = await visitor.go(path)
        assert (page.status, page.title) == (status, "Cette page n'existe pas")
        assert "Vous pouvez continuer par ici" in page.words
        assert "<main" in page.text
    direct = await visitor.go("/participer/oublier")
    assert (direct.status, "depuis un formulaire" in direct.words) == (405, True)
    for who in (ANONYMOUS, COORDINATOR):
        answer = await pilots.request("GET", "/pilots/rien", who=who)
        assert answer.headers["content-type"] == "application/problem+json"

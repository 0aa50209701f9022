"""A questionnaire filled in by a person without an account, on a page without a script."""

import html
import re
from typing import Any

from pilot_lab import COORDINATOR, HOLDER, SOMEBODY, Lab
from survey_form import PATH, SURVEY
from visitors import Page, Visitor, codes

MINE = "/participer/mes-participations"
DAY = 86_400
LINK = (
    f'href="{PATH}?occasion=unique">'
    "<span>Répondre\N{NO-BREAK SPACE}: Votre avis &lt;à la fin&gt;</span></a>"
)
FILLED = {f"sus-{place}": "5" if place % 2 else "1" for place in range(1, 11)}
FILLED |= {"nps": "9", "q-attente": "2", "q-idees": "=1+1 <b>plus tôt</b>"}


async def survey(pilots: Lab, **changes: Any) -> None:
    """A trial with a questionnaire."""
    await pilots.reach_stage("trial", survey=SURVEY | changes)


def checked(page: Page) -> set[tuple[str, str]]:
    found = re.findall(r'name="([^"]+)" value="(\d+)" required checked', page.text)
    return set(found)


async def test_somebody_without_an_account_answers_once(pilots: Lab) -> None:
    await survey(pilots)
    code, _ = await codes(pilots, 2)
    visitor, stranger = Visitor(pilots), Visitor(pilots)
    assert (await visitor.enrol(code)).status == 200
    # A person who does not take part is refused before the form; a participant finds its link.
    shut = await stranger.go(PATH)
    assert (shut.status, "qui participent" in shut.words) == (403, True)
    assert LINK in (await visitor.go(MINE)).text
    form = await visitor.go(PATH)
    assert (form.status, form.title) == (200, "Votre avis <à la fin>")
    assert form.text.count("<fieldset aria-describedby=") == form.text.count("<legend>") == 12
    assert "<script" not in form.text
    assert 'href="/participer/mes-participations/alertes/signalement"' in form.text
    half = await visitor.go(PATH, FILLED | {"sus-4": "", "nps": "11"})
    assert half.status == 400
    assert "répondez par un nombre de 1 à 5" in half.words
    assert ("sus-1", "5") in checked(half)
    assert "=1+1 &lt;b&gt;plus tôt&lt;/b&gt;</textarea>" in half.text
    refused = await stranger.go(PATH, FILLED)
    assert refused.status == 403
    assert "qui participent" in refused.words
    assert (await visitor.go(PATH, FILLED)).title == "Merci"
    for _ in range(3):
        again = await visitor.go(PATH, FILLED)
        assert (again.status, "déjà répondu" in again.words) == (409, True)
    again = await visitor.go(PATH)
    assert (again.status, "déjà répondu" in again.words) == (409, True)
    assert "questionnaires" not in (await visitor.go(MINE)).text
    rows = await pilots.pool.fetch("SELECT scores FROM survey_answer")
    assert [row["scores"] for row in rows] == [{"sus": 100.0, "nps": 100, "attente": 2}]
    data = (await visitor.request_api("GET", "/personal-data"))[1]
    (facts,) = [each["facts"] for each in data["pilots"]]
    assert [each["survey"] for each in facts] == ["sortie"]
    texts = await pilots.request("GET", "/pilots/alertes/surveys/sortie/texts", who=HOLDER)
    assert [each["said"] for each in texts.json["texts"]] == ["=1+1 <b>plus tôt</b>"]
    status, _ = await visitor.request_api("DELETE", "/participations/alertes")
    assert status == 200
    assert await pilots.pool.fetchval("SELECT count(*) FROM survey_answer") == 0


async def test_each_occasion_is_due_until_it_is_answered(pilots: Lab) -> None:
    await survey(pilots, occasions=["debut", "fin"])
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    await visitor.enrol(code)
    both = (await visitor.go(MINE)).words
    assert "fin&gt; (debut)" in html.escape(both)
    assert "fin&gt; (fin)" in html.escape(both)
    await visitor.go(f"{PATH}?occasion=debut", FILLED)
    left = await visitor.go(MINE)
    assert "occasion=fin" in left.text
    assert "occasion=debut" not in left.text
    # Without an occasion: the one that is due.
    assert "?occasion=fin" in (await visitor.go(PATH)).text
    assert (await visitor.go(f"{PATH}?occasion=debut")).status == 409
    assert (await visitor.go(f"{PATH}?occasion=autre")).status == 400
    await pilots.change("POST", "/pause", {"reason": "Panne."})
    await visitor.request_api("DELETE", "/participations/alertes")
    assert "questionnaires" not in (await visitor.go(MINE)).text


async def test_a_questionnaire_that_is_not_due_yet_is_announced_and_not_opened(
    pilots: Lab,
) -> None:
    await survey(pilots, after_days=[14])
    path = "/pilots/alertes/surveys/sortie"
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    await visitor.enrol(code)
    announced = "vous sera proposé à partir du 16 mars 2026."
    for days in (0, 13):
        pilots.clock.advance(days * DAY)
        mine = await visitor.go(MINE)
        assert (announced in mine.words, LINK in mine.text) == (True, False)
        for form in (None, FILLED):
            early = await visitor.go(PATH, form)
            assert (early.status, early.title) == (409, "C'est un peu tôt")
    answers = {"sus": [3] * 10, "nps": 5, "attente": 1}
    assert (await visitor.request_api("POST", f"{path}/answers", {"answers": answers}))[0] == 409
    assert await pilots.pool.fetchval("SELECT count(*) FROM survey_answer") == 0
    pilots.clock.advance(DAY)
    mine = await visitor.go(MINE)
    assert (announced in mine.words, LINK in mine.text) == (False, True)
    assert (await visitor.go(PATH, FILLED)).title == "Merci"


async def test_an_application_answers_for_an_account(pilots: Lab) -> None:
    await survey(pilots)
    (code,) = await codes(pilots)
    visitor = Visitor(pilots, who=SOMEBODY)
    answers = {"sus": [3] * 10, "nps": 5, "attente": 1}
    path = "/pilots/alertes/surveys/sortie/answers"
    status, body = await visitor.request_api("POST", path, {"answers": answers})
    assert (status, "qui participent" in body["detail"]) == (403, True)
    await visitor.enrol(code)
    assert await visitor.request_api("POST", path, {"answers": answers}) == (204, None)
    status, body = await visitor.request_api("POST", path, {"answers": answers})
    assert (status, "déjà répondu" in body["detail"]) == (409, True)
    answer = await pilots.request("PUT", "/pilots/alertes/surveys/sortie", SURVEY, who=COORDINATOR)
    assert (answer.status, "ne change plus" in answer.detail) == (409, True)
    listed = await pilots.request("GET", "/pilots/alertes/surveys", who=SOMEBODY)
    assert listed.json["surveys"][0]["title"] == html.unescape("Votre avis &lt;à la fin&gt;")
    for wrong in ("alertes/inconnu", "aucun/sortie"):
        pilot, _, name = wrong.partition("/")
        found = await visitor.request_api(
            "POST", f"/pilots/{pilot}/surveys/{name}/answers", {"answers": answers}
        )
        assert found[0] == 404, found

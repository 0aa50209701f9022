"""The participants' pages in a browser: a complete participation without a script, by keyboard,
under axe-core, on a phone and on a large screen. https://github.com/dequelabs/axe-core"""

from typing import Any

import pytest
from page_sight import FOCUS_IS_SEEN, browsing, look
from pilot_lab import ANONYMOUS, HOLDER, NOTICE, PROTOCOL, PUBLIC, SOMEBODY, Lab
from visitors import Visitor, codes

from socle.auth import TOKEN_HEADER
from socle.testing import one_size

pytest.importorskip("playwright.async_api", reason="needs playwright")
pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")


async def survey(pilots: Lab, protocol: dict[str, Any] = PROTOCOL) -> None:
    """A trial with a questionnaire of every type of question, and one to be reminded of."""
    free = {"id": "idees", "text": "Une idée ?", "kind": "text"}
    survey = {"title": "Votre avis", "sus": True, "nps": True, "questions": [free]}
    later = {"title": "Votre avis, plus tard", "sus": True, "after_days": [28]}
    await pilots.reach_stage("trial", protocol=protocol, survey=survey)
    answer = await pilots.request("PUT", "/pilots/alertes/surveys/suivi", later, who=HOLDER)
    assert answer.status == 200, answer.body


async def choose_reminders(page: Any) -> None:
    """From the page that thanks to the list of participations."""
    await page.get_by_role("link", name="Recevoir des rappels").press("Enter")
    await page.get_by_label("Votre adresse de courriel").fill("lucie@exemple.fr")
    await page.keyboard.press("Enter")
    assert "lucie@exemple.fr" in await page.get_by_role("status").inner_text()
    await look(page, "rappels")
    await page.get_by_role("link", name="Retour à mes participations").click()


async def answer_by_keyboard(page: Any) -> None:
    """From the list of participations to the confirmation, without a mouse."""
    await page.get_by_role("link", name="Répondre : Votre avis").press("Enter")
    await page.get_by_role("heading", level=1, name="Votre avis").wait_for()
    await look(page, "questionnaire")
    await page.locator("input[type=radio]").first.focus()
    groups = await page.get_by_role("main").get_by_role("group").count()
    for _ in range(groups):
        # The first of a group takes the focus; the arrow chooses the one after it.
        await page.keyboard.press("ArrowRight")
        assert await page.evaluate(FOCUS_IS_SEEN)
        await page.keyboard.press("Tab")
    assert await page.locator("input:checked").count() == groups == 11
    await page.keyboard.type("Plus tôt.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert "sont enregistrées" in await page.get_by_role("status").inner_text()
    await look(page, "questionnaire-merci")


async def agree_again(page: Any, pilots: Lab) -> None:
    """From a notice that changed to the consent to it."""
    other = NOTICE | {"version": "2026-03-03", "risks": "Une alerte de trop."}
    await pilots.change("POST", "/notices", other, who=HOLDER)
    await page.goto(f"{pilots.address}/participer/mes-participations")
    await look(page, "mes-participations-a-renouveler")
    await page.get_by_role("link", name="Lire ce qui change").press("Enter")
    await page.get_by_role("heading", level=1, name="Cet essai a changé").wait_for()
    await look(page, "nouvel-accord")
    await page.get_by_label("J’ai au moins 18 ans.").check()
    await page.get_by_role("button", name="J’accepte de continuer").click()
    assert "tel qu’il est maintenant" in await page.get_by_role("status").inner_text()
    await page.get_by_role("link", name="Ce que j’ai accepté").click()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(320, "light"), pytest.param(1280, "dark", marks=[pytest.mark.deep_only, one_size])],
)
async def test_a_person_from_enrolment_to_erasure(
    pilots: Lab, browser: Any, width: int, scheme: str
) -> None:
    await survey(pilots, PROTOCOL | {"reminders_at_most": 2})
    (code,) = await codes(pilots)
    # A page without scripts: nothing is missing.
    context = await browsing(browser, pilots, width, scheme)
    page = await context.new_page()
    texts: list[str] = []
    page.on("console", lambda message: texts.append(message.text))
    await page.goto(f"{pilots.address}/participer")
    await look(page, "code")
    await page.get_by_label("Code reçu").fill("ab")
    await page.keyboard.press("Enter")
    assert await page.get_by_role("alert").inner_text()
    await look(page, "code-refuse")
    await page.get_by_label("Code reçu").fill(code.lower())
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Votre décision").wait_for()
    await look(page, "notice")
    # The browser itself requires the boxes.
    await page.get_by_role("button", name="J’accepte de participer").click()
    assert "/participer/c/" in page.url
    await page.get_by_label("J’ai au moins 18 ans.").check()
    await page.get_by_role("button", name="J’accepte de participer").click()
    await page.wait_for_url("**/participer/merci/alertes")
    await look(page, "merci")
    await choose_reminders(page)
    await look(page, "mes-participations")
    await answer_by_keyboard(page)
    await page.goto(f"{pilots.address}/participer/mes-participations")
    await page.get_by_role("link", name="Signaler un problème").click()
    await look(page, "signalement")
    await page.get_by_label("Un incident grave").check()
    await page.get_by_label("Que s’est-il passé").fill("Rien à redire.")
    await page.get_by_role("button", name="Envoyer").click()
    await page.get_by_role("heading", level=1, name="Mettre l’essai en pause").wait_for()
    await look(page, "signalement-confirmation")
    await page.get_by_role("button", name="Non, revenir au formulaire").click()
    await page.get_by_label("Une remarque").check()
    await page.get_by_role("button", name="Envoyer").click()
    assert "C’est transmis" in await page.get_by_role("status").inner_text()
    await page.get_by_role("link", name="Ce que j’ai accepté").click()
    await look(page, "consentement")
    await agree_again(page, pilots)
    await page.get_by_role("link", name="Arrêter de participer").click()
    await look(page, "retrait")
    await page.get_by_role("button", name="Oui, j’arrête").focus()
    await page.keyboard.press("Enter")
    assert "vous ne participez plus" in await page.get_by_role("status").inner_text()
    await look(page, "retire")
    for path in ("retour", "effacement", "mes-participations/autre", "c/AAAAAAAAAA"):
        await page.goto(f"{pilots.address}/participer/{path}")
        await look(page, path.replace("/", "-"))
    # A missing page is reported in the console by the browser itself.
    assert [each for each in texts if "404" not in each and "400" not in each] == []


async def test_no_is_found_as_easily_as_yes(pilots: Lab, browser: Any) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    headers = {TOKEN_HEADER.decode(): pilots.token(ANONYMOUS)}
    page = await browser.new_page(
        viewport={"width": 360, "height": 740}, locale="fr-FR", extra_http_headers=headers
    )
    await page.goto(f"{pilots.address}/participer/c/{code}")
    yes = page.get_by_role("button", name="J’accepte de participer")
    no = page.get_by_role("button", name="Je refuse")
    look_of = (
        "each => { const s = getComputedStyle(each);"
        " return [s.backgroundColor, s.color, s.fontSize] }"
    )
    assert await yes.evaluate(look_of) == await no.evaluate(look_of)
    await no.click()
    assert await page.get_by_role("heading", level=1).inner_text() == "C’est noté"
    assert await page.context.cookies() == []
    await look(page, "refus")


async def test_a_sheet_of_invitations_prints(pilots: Lab, browser: Any) -> None:
    await pilots.reach_stage("trial")
    headers = {TOKEN_HEADER.decode(): pilots.token(HOLDER), "accept": "text/html"}
    order = {"label": "Lettres", "count": 3}
    async with pilots.client.post(
        f"{pilots.address}/pilotes/v1/pilots/alertes/invitations", json=order, headers=headers
    ) as answer:
        sheet = await answer.text()
        assert answer.headers["cache-control"] == "no-store"
    # A sheet that was saved loads its style from the platform.
    page = await browser.new_page(viewport={"width": 1280, "height": 900})

    async def serve(route: Any) -> None:
        address = route.request.url.replace(PUBLIC, pilots.address)
        token = {TOKEN_HEADER.decode(): pilots.token(ANONYMOUS)}
        await route.fulfill(response=await route.fetch(url=address, headers=token))

    await page.route(f"{PUBLIC}/static/**", serve)
    await page.set_content(sheet, wait_until="load")
    assert await page.locator(".qr svg").count() == 3
    await look(page, "planche")
    await page.emulate_media(media="print")
    for on_screen in (page.get_by_role("heading", level=1), page.get_by_role("navigation").first):
        assert not await on_screen.is_visible()
    assert await page.get_by_role("heading", level=2).count() == 3


async def test_a_form_is_sent_again_after_a_login_in_another_tab(pilots: Lab, browser: Any) -> None:
    await survey(pilots)
    (code,) = await codes(pilots)
    await Visitor(pilots, SOMEBODY).enrol(code)
    context = await browsing(browser, pilots, 320, "light", who=SOMEBODY, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{pilots.address}/participer/mes-participations")
    await look(page, "participations-en")
    await page.get_by_role("link", name="Answer:").click()
    await look(page, "questionnaire-en")
    for group in await page.get_by_role("main").get_by_role("group").all():
        await group.get_by_role("radio").first.check()
    await page.get_by_label("Une idée ?").fill("Plus tôt, s'il vous plaît.")
    await context.set_extra_http_headers({TOKEN_HEADER.decode(): pilots.token(ANONYMOUS)})
    await page.get_by_role("button", name="Send my answers").click()
    await page.get_by_role("heading", level=1, name="You were logged out").wait_for()
    typed = page.get_by_label("What you wrote")
    assert await typed.input_value() == "Plus tôt, s'il vous plaît."
    await look(page, "session-terminee")
    await context.set_extra_http_headers({TOKEN_HEADER.decode(): pilots.token(SOMEBODY)})
    await page.get_by_role("button", name="Send again").click()
    assert "Your answers are recorded" in await page.get_by_role("status").inner_text()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(360, "light"), pytest.param(1280, "dark", marks=[pytest.mark.deep_only, one_size])],
)
async def test_a_guardian_signs_by_keyboard(
    pilots: Lab, browser: Any, width: int, scheme: str
) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    page = await (await browsing(browser, pilots, width, scheme)).new_page()
    await page.goto(f"{pilots.address}/participer/c/{code}")
    await page.get_by_label("Je décide moi-même").focus()
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate(FOCUS_IS_SEEN)
    await page.get_by_label("J’ai au moins 18 ans.").check()
    await page.get_by_role("button", name="J’accepte de participer").press("Enter")
    await page.get_by_role("heading", level=1, name="Il manque une signature").wait_for()
    await look(page, "attente")
    signer_code = await page.locator(".code-personnel").first.inner_text()
    await page.goto(f"{pilots.address}/participer/mes-participations")
    await look(page, "mes-participations-attente")
    other = await (await browsing(browser, pilots, width, scheme)).new_page()
    await other.goto(f"{pilots.address}/participer/signature")
    await look(other, "signature")
    await other.get_by_label("Code reçu").fill(signer_code)
    await other.keyboard.press("Enter")
    await other.get_by_label("Je suis son tuteur ou sa tutrice.").check()
    await other.get_by_label("Sur les biens seulement").check()
    await other.get_by_role("button", name="Je signe").press("Enter")
    assert "biens seulement" in await other.get_by_role("alert").inner_text()
    await look(other, "signature-lecture")
    await other.get_by_label("Sur la personne", exact=True).check()
    await other.get_by_role("button", name="Je signe").press("Enter")
    assert "les deux signatures" in await other.get_by_role("status").inner_text()
    await other.get_by_label("Code reçu").fill(signer_code)
    async with other.expect_navigation():
        await other.keyboard.press("Enter")
    await look(other, "signature-etat")
    await page.goto(f"{pilots.address}/participer/mes-participations/alertes")
    assert "a signé pour vous" in await page.get_by_role("main").inner_text()
    await page.get_by_role("link", name="Garder mes données sans s’en servir").click()
    await look(page, "limitation")
    await page.get_by_role("button", name="Oui, garder").press("Enter")
    await page.get_by_role("link", name="Participer de nouveau").press("Enter")
    await look(page, "participer-de-nouveau")

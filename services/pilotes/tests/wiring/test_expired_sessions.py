"""Sessions that end, and services that are down, while a person fills in a form: nothing typed is
lost, and nothing happens that the page did not announce."""

import html
import re
from typing import Final

import pytest
from pilot_lab import ANONYMOUS, SOMEBODY, Lab
from survey_form import PATH as SURVEY_PAGE
from survey_form import SURVEY
from visitors import Page, Visitor, codes

MINE: Final = "/participer/mes-participations"
ANSWERS = {f"sus-{place}": "3" for place in range(1, 11)}
ANSWERS |= {"nps": "9", "q-attente": "2", "q-idees": "Plus tôt,\n<et> moins souvent"}


async def taking_part(pilots: Lab) -> Visitor:
    """A person who takes part with their account, in a trial with a questionnaire."""
    await pilots.reach_stage("trial", survey=SURVEY)
    (code,) = await codes(pilots)
    visitor = Visitor(pilots, SOMEBODY)
    assert (await visitor.enrol(code)).title == "Vous participez"
    return visitor


def form_to_send_again(page: Page) -> dict[str, str]:
    """The fields of the form on the page of an error."""
    (form,) = re.findall(r'<form method="post".*?</form>', page.text, re.S)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    fields += re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', form)
    assert "<button>Envoyer de nouveau</button>" in form
    return {name: html.unescape(value) for name, value in fields}


async def expire(visitor: Visitor, path: str, form: dict[str, str]) -> Page:
    """The page after a form was opened by a person who is logged in, and sent after the session."""
    hidden = (await visitor.go(path)).hidden
    assert hidden["session"]
    who, visitor.who = visitor.who, ANONYMOUS
    page = await visitor.go(path, hidden | form)
    visitor.who = who
    assert page.status == 401
    assert page.title == "Vous avez été déconnecté"
    assert "Rien n'est perdu : connectez-vous dans un autre onglet" in page.words
    assert re.search(r'<a href="/auth/login\?next=[^"]+" target="_blank">', page.text)
    assert form_to_send_again(page) == hidden | form
    return page


async def test_a_questionnaire_outlasts_its_session(pilots: Lab) -> None:
    visitor = await taking_part(pilots)
    page = await expire(visitor, SURVEY_PAGE, ANSWERS)
    assert ">Plus tôt,\n&lt;et&gt; moins souvent</textarea>" in page.text
    assert await pilots.pool.fetchval("SELECT count(*) FROM survey_answer") == 0
    done = await visitor.go(SURVEY_PAGE, form_to_send_again(page))
    assert (done.status, done.title) == (200, "Merci")
    # The same form from a second tab.
    again = await visitor.go(SURVEY_PAGE, form_to_send_again(page))
    assert (again.status, again.title) == (409, "Vous avez déjà répondu")
    assert f'href="{MINE}"' in again.text


async def test_a_report_of_a_problem_outlasts_its_session(pilots: Lab) -> None:
    visitor = await taking_part(pilots)
    path, report = f"{MINE}/alertes/signalement", {"what": "genant", "said": "Deux alertes."}
    page = await expire(visitor, path, report)
    assert "C'est transmis" in (await visitor.go(path, form_to_send_again(page))).words


async def test_no_one_is_erased_or_withdrawn_as_somebody_else(pilots: Lab) -> None:
    """The device is known too: without the session, only what it did would be erased."""
    visitor = await taking_part(pilots)
    device = Visitor(pilots)
    await device.enrol((await codes(pilots))[0])
    visitor.cookies = dict(device.cookies)
    for path in (f"{MINE}/alertes/retrait", "/participer/effacement"):
        await expire(visitor, path, {})
    assert (
        await pilots.pool.fetchval("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 2
    )


async def test_a_form_of_another_account_changes_nothing(pilots: Lab) -> None:
    """A shared computer: one person opened the form, another logged in before it was sent."""
    alice = await taking_part(pilots)
    for path in (f"{MINE}/alertes/retrait", "/participer/effacement"):
        page = await expire(alice, path, {})
        bob = Visitor(pilots, ("traveller", "bob"))
        refused = await bob.go(path, form_to_send_again(page))
        assert refused.status == 409
        assert "ouvert avec un autre compte" in refused.words
        assert "Envoyer de nouveau" not in refused.text
    # A form that was opened without an account does not act on one.
    device = Visitor(pilots)
    await device.enrol((await codes(pilots))[0])
    opened = await device.go("/participer/effacement")
    device.who = alice.who
    refused = await device.go("/participer/effacement", opened.hidden)
    assert (refused.status, "connecté entre-temps" in refused.words) == (409, True)
    active = "SELECT count(*) FROM consent WHERE withdrawn_at IS NULL"
    assert await pilots.pool.fetchval(active) == 2


async def test_nothing_is_erased_for_a_device_that_knows_no_one(pilots: Lab) -> None:
    for form in (None, {}):
        page = await Visitor(pilots).go("/participer/effacement", form)
        assert (page.status, "Cet appareil ne vous connaît pas" in page.words) == (404, True)
        assert 'href="/auth/login?next=' in page.text
        assert "Envoyer de nouveau" not in page.text


async def test_a_report_outlasts_a_device_that_forgot_its_person(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = Visitor(pilots)
    await visitor.enrol((await codes(pilots))[0])
    known, visitor.cookies = dict(visitor.cookies), {}
    path, report = f"{MINE}/alertes/signalement", {"what": "genant", "said": "Deux alertes."}
    page = await visitor.go(path, report)
    assert (page.status, form_to_send_again(page)) == (404, report)
    assert 'href="/participer/retour"' in page.text
    visitor.cookies = known
    assert "C'est transmis" in (await visitor.go(path, form_to_send_again(page))).words
    # It cannot be accepted in a trial that does not exist.
    page = await visitor.go("/participer/pilotes/absent/avis/envoi", {"said": "Trop tard."})
    assert (page.status, "Envoyer de nouveau" in page.text) == (404, False)
    assert 'href="/pilotes"' in page.text


async def test_a_consent_is_given_as_the_page_announces(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    code, other = await codes(pilots, 2)
    alice = Visitor(pilots, SOMEBODY)
    path = f"/participer/c/{code}"
    # Logged out meanwhile: they do not become a participant without an account.
    page = await expire(alice, path, {"declared": "age", "decision": "yes"})
    assert alice.cookies == {}
    assert (await alice.go(path, form_to_send_again(page))).title == "Vous participez"
    # Logged in meanwhile: the page had announced a cookie.
    bob = Visitor(pilots)
    path = f"/participer/c/{other}"
    offer = await bob.go(path)
    bob.who = ("traveller", "bob")
    fields = {"declared": "age", "decision": "yes"}
    page = await bob.go(path, offer.hidden | fields)
    assert (page.status, "connecté entre-temps" in page.words) == (400, True)
    assert 'value="age" required checked' in page.text
    assert (await bob.go(path, page.hidden | fields)).title == "Vous participez"
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent WHERE means = 'account'") == 2


async def test_a_refusal_needs_no_session(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots, SOMEBODY)
    hidden = (await visitor.go(f"/participer/c/{code}")).hidden
    visitor.who = ANONYMOUS
    page = await visitor.go(f"/participer/c/{code}/refus", hidden | {"decision": "no"})
    assert (page.status, page.title) == (200, "C'est noté")


async def test_an_opinion_outlasts_a_session_and_a_failure(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = Visitor(pilots, SOMEBODY)
    path = "/participer/pilotes/alertes/avis"
    hidden = (await visitor.go(path)).hidden
    visitor.who = ANONYMOUS
    page = await visitor.go(f"{path}/envoi", hidden | {"said": "Trop tard."})
    assert (page.status, form_to_send_again(page)["said"]) == (401, "Trop tard.")
    # The database of the service is away.
    pilots.pool.terminate()
    page = await visitor.go(f"{path}/envoi", {"said": "Trop\ntard."})
    assert (page.status, page.title) == (503, "Service momentanément indisponible")
    assert "Cette partie du site ne répond pas pour le moment." in page.words
    assert int(page.headers["retry-after"]) > 0
    assert form_to_send_again(page) == {"said": "Trop\ntard."}
    page = await visitor.go(path)
    assert (page.status, ">Réessayer</a>" in page.text) == (503, True)


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_person_who_is_not_known_can_log_in(pilots: Lab, language: str) -> None:
    await taking_part(pilots)
    stranger = Visitor(pilots, language=language)
    page = await stranger.go(f"{MINE}/alertes")
    assert page.status == 404
    assert f'href="/auth/login?next={MINE}/alertes"' in page.text
    assert 'href="/participer/retour"' in page.text
    page = await Visitor(pilots, ("traveller", "x"), language=language).go(f"{MINE}/alertes")
    assert (page.status, "/auth/login" in page.text) == (404, False)

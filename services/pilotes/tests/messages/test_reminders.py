"""Reminders by e-mail: chosen, confirmed, sent once, stopped by one click, erased with consent."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from mail_server import link_in, mail_server
from pilot_lab import ANONYMOUS, HOLDER, PROTOCOL, SOMEBODY, Lab
from post import Post
from visitors import Visitor, codes

from socle.auth import TOKEN_HEADER

MINE = "/participer/mes-participations"
PAGE = f"{MINE}/alertes/rappels"
ADDRESS = "lucie@exemple.fr"
DAY = 86_400


@pytest_asyncio.fixture
async def post(pilots: Lab) -> AsyncIterator[Post]:
    """A trial that promises two reminders at most, with a questionnaire on the 28th day."""
    await pilots.reach_stage("trial", protocol=PROTOCOL | {"reminders_at_most": 2})
    async with mail_server() as boxes:
        yield Post(pilots, boxes)


async def reminded(post: Post) -> Visitor:
    """A participant who chose reminders, and confirmed the address."""
    person = Visitor(post.lab)
    await person.enrol((await codes(post.lab))[0])
    await person.go(PAGE, {"address": ADDRESS})
    (letter,) = await post.deliver()
    await Visitor(post.lab).go(link_in(letter), {})
    return person


async def test_reminders_are_chosen_confirmed_sent_once_and_stopped_by_one_click(
    post: Post,
) -> None:
    lab = post.lab
    person = Visitor(lab)
    thanks = await person.enrol((await codes(lab))[0])
    assert "Recevoir des rappels" in thanks.words
    assert "Recevoir des rappels" in (await person.go(MINE)).words
    form = await person.go(PAGE)
    assert "Vous ne recevez pas de rappels." in form.words
    assert "2 au plus dans tout l'essai" in form.words
    wrong = await person.go(PAGE, {"address": "lucie@exemple"})
    assert (wrong.status, "n'est pas complète" in wrong.words) == (400, True)
    assert (
        "Un message part vers lucie@exemple.fr"
        in (await person.go(PAGE, {"address": f" {ADDRESS} "})).words
    )
    (letter,) = await post.deliver()
    assert letter["to"] == ADDRESS
    assert letter["list-unsubscribe"] is None
    # A program that checks the link confirms nothing, nor does one that guesses.
    link = link_in(letter)
    stranger = Visitor(lab, SOMEBODY)
    assert "Confirmer mon adresse" in (await stranger.go(link)).words
    assert (await stranger.go(link[:-1] + ("A" if link[-1] != "A" else "Q"), {})).status == 404
    assert (await stranger.go(link.replace("confirmer", "arreter"), {})).status == 404
    assert await post.deliver() == []
    assert "confirmée" in (await stranger.go(link, {})).words
    assert "Vos rappels arrivent à lucie@exemple.fr." in (await person.go(PAGE)).words

    lab.clock.advance(26 * DAY)
    assert await post.deliver() == []
    lab.clock.advance(DAY)
    (reminder,) = await post.deliver()
    text = str(reminder) + reminder.get_content()
    assert "À partir du 30 mars 2026" in text
    assert "alertes" not in text.lower()
    assert "partir&" not in text
    assert "prévenu" not in text.lower()
    lab.clock.advance(DAY)
    assert await post.deliver() == []

    # The mailbox's own button: one POST without a cookie, of any body.
    stop = link_in(reminder, "https://lab.example/participer/messages/arreter/")
    url = f"{lab.address}/participer/messages/arreter/{stop}"
    headers = {TOKEN_HEADER.decode(): lab.token(ANONYMOUS), "content-type": "multipart/form-data"}
    for _ in range(2):
        async with lab.client.post(
            url, data=b"List-Unsubscribe=One-Click", headers=headers
        ) as done:
            assert done.status == 200
            assert 'href="/participer/mes-participations"' in await done.text()
    assert "Vous ne recevez pas de rappels." in (await person.go(PAGE)).words
    assert await lab.pool.fetchval("SELECT sealed FROM recipient") is None


async def test_an_answer_a_pause_and_a_withdrawal_end_reminders(post: Post) -> None:
    lab = post.lab
    answered, paused = await reminded(post), await reminded(post)
    lab.clock.advance(27 * DAY)
    await post.plan()
    await lab.change("POST", "/pause", {"reason": "Une panne."})
    assert await post.deliver() == []
    await lab.change("POST", "/resume", {"reason": "Réparée."})
    lab.clock.advance(DAY)
    sus = {f"sus-{at}": "3" for at in range(1, 11)}
    path = "/participer/questionnaires/alertes/sortie"
    assert (await answered.go(path, {"occasion": "unique", **sus})).status == 200
    assert await lab.pool.fetchval("SELECT count(*) FROM survey_answer") == 1
    assert len(await post.deliver()) == 1
    # Who has answered all has no address here any more, and is offered nothing.
    assert await lab.pool.fetchval("SELECT count(*) FROM recipient WHERE sealed IS NULL") == 1
    assert "ne vous envoie pas de rappels en ce moment" in (await answered.go(PAGE)).words
    assert (await answered.go(PAGE, {"address": ADDRESS})).status == 409
    assert "Vos rappels arrivent" in (await paused.go(PAGE)).words
    await answered.go(f"{MINE}/alertes/retrait", {})
    # A choice and a withdrawal at once leave no address.
    await asyncio.gather(
        paused.go(PAGE, {"address": "autre@exemple.fr"}), paused.go(f"{MINE}/alertes/retrait", {})
    )
    assert await lab.pool.fetchval("SELECT count(*) FROM recipient") == 0
    assert await lab.pool.fetchval("SELECT count(*) FROM message") == 0


async def test_an_address_that_does_not_exist_is_erased_and_links_are_limited(post: Post) -> None:
    lab = post.lab
    person = await reminded(post)
    post.boxes.recipient_reply = "550 5.1.1 No such user"
    lab.clock.advance(27 * DAY)
    assert await post.deliver() == []
    assert "répond qu'elle n'existe pas" in (await person.go(PAGE)).words
    post.boxes.recipient_reply = "250 OK"
    for at in range(3):
        await person.go(PAGE, {"address": f"lucie{at}@exemple.fr"})
    refused = await person.go(PAGE, {"address": "lucie9@exemple.fr"})
    assert "3 demandes ont déjà été faites" in refused.words
    # Who withdraws and comes back is another recipient, and the mailbox is the same.
    for at in range(4):
        stranger = Visitor(lab)
        await stranger.enrol((await codes(lab))[0])
        page = await stranger.go(PAGE, {"address": "Anne@exemple.fr" if at else "anne@exemple.fr"})
        assert ("3 demandes ont déjà été faites" in page.words) == (at == 3)
        await stranger.go(f"{MINE}/alertes/retrait", {})
    # Of those, the last alone is sent. Nobody confirms it: it is erased.
    (letter,) = await post.deliver()
    assert letter["to"] == "lucie2@exemple.fr"
    lab.clock.advance(7 * DAY + 1)
    assert (await Visitor(lab).go(link_in(letter), {})).status == 404
    await post.plan()
    assert await lab.pool.fetchval("SELECT sealed FROM recipient") is None
    assert await lab.pool.fetchval("SELECT count(*) FROM mail_request") == 0
    # More reminders are a substantial change, and fewer are not.
    proposed = {"protocol": PROTOCOL | {"reminders_at_most": 3}, "reason": "Peu de réponses."}
    await lab.change("POST", "/protocol/amendments", proposed)
    assert (await lab.request("GET", "/pilots/alertes")).json["protocol_version"] == 1
    fewer = {"protocol": PROTOCOL | {"reminders_at_most": 1}, "reason": "Trop de messages."}
    await lab.change("POST", "/protocol/amendments", fewer)
    assert (await lab.request("GET", "/pilots/alertes")).json["protocol_version"] == 2
    notice = (await lab.request("GET", "/pilots/alertes/notice", who=HOLDER)).json["content"]
    assert notice["reminders_at_most"] == 2

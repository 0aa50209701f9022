"""Messages to a team: each event once, to those who chose it, without a figure and a person."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from mail_server import link_in, mail_server
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, JUDGE, PROTOCOL, SALT_KEY, SOMEBODY, Lab
from post import Post
from visitors import Visitor

from pilotes.messages.adapters.recipient_store import PostgresRecipients
from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.domain.topics import COORDINATOR_CHOICE_LASTS
from pilotes.messages.domain.wording import LetterFacts, write_letter
from pilotes.messages.flows.send_messages import send_mails

PAGE = "/lab/pilotes/alertes/messages"
SECOND: Final = timedelta(seconds=1)
EVERY = ["paused", "draw", "incident", "stage", "opinion"]


async def informed(post: Post, who: tuple[str, str], topics: list[str]) -> Visitor:
    """A member who chose those topics, and confirmed the address."""
    member = Visitor(post.lab, who)
    form = (await member.go(PAGE)).hidden
    await member.go(PAGE, {**form, "address": f"{who[1]}@exemple.fr", "topic": topics})
    (letter,) = await post.deliver()
    await Visitor(post.lab).go(link_in(letter), {})
    post.lab.clock.advance(1)
    return member


async def test_a_team_is_informed_of_each_event_once(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    async with mail_server() as boxes:
        post = Post(pilots, boxes)
        holder = await informed(post, HOLDER, EVERY)
        await informed(post, JUDGE, ["opinion"])
        assert await post.deliver() == []
        report = {"kind": "incident", "severity": "severe", "said": "Anne Martin est tombée."}
        await pilots.request("POST", "/pilots/alertes/reports", report, who=HOLDER)
        await pilots.change("POST", "/resume", {"reason": "C'est compris."})
        more = PROTOCOL | {"ends_at": "2026-07-30T00:00:00Z"}
        await pilots.change("POST", "/protocol/amendments", {"protocol": more, "reason": "Tard."})
        await pilots.pool.execute(
            "INSERT INTO shown_figures (pilot_id, content, sound) VALUES ('alertes', '{}', false)"
        )
        letters = await post.deliver()
        subjects = sorted(each["subject"].partition(" : ")[2] for each in letters)
        assert subjects == [
            "un avis est attendu",
            "un avis est attendu",
            "un essai est en pause",
            "un incident grave est signalé",
            "un tirage au sort est à vérifier",
        ]
        for each in letters:
            said = each["subject"] + each.get_content()
            assert "Anne Martin" not in said
            assert "tombée" not in said
            assert "https://lab.example/lab/pilotes/alertes/messages\r\n" in each.get_content()
        (pause,) = [each for each in letters if "pause" in each["subject"]]
        assert "Un garde-fou est franchi, ou un incident grave" in pause.get_content()
        await _finds_the_choice_and_the_page_of_the_pilot(holder)
        assert await post.deliver() == []

        await pilots.change("POST", "/pause", {"reason": "Anne Martin le demande."})
        (pause,) = await post.deliver()
        assert "Quelqu'un de l'équipe l'a décidé." in pause.get_content()
        # Who is not in the team any more has no address here, and receives nothing, not even what
        # was planned before.
        await pilots.change("POST", "/resume", {"reason": "Réparé."})
        await pilots.change("POST", "/pause", {"reason": "Encore."})
        await post.plan()
        await pilots.change("DELETE", f"/members/{HOLDER[1]}")
        assert await send_mails(outbox=post.outbox, send=post.client, clock=pilots.clock) == 0
        assert await post.deliver() == []
        assert await pilots.pool.fetchval("SELECT count(*) FROM recipient") == 1
        assert (await holder.go(PAGE)).status == 403
        await _only_the_team_opens_the_page(pilots)


async def _finds_the_choice_and_the_page_of_the_pilot(member: Visitor) -> None:
    """Each page that a member opens leads to the other; nobody else is led to the choice."""
    public = "/participer/pilotes/alertes/avis"
    assert f'href="{public}"' in (await member.go(PAGE)).text
    assert f'href="{PAGE}"' in (await member.go(public)).text
    for who in (SOMEBODY, ANONYMOUS):
        assert PAGE not in (await Visitor(member.lab, who).go(public)).text


def test_only_a_coordinator_gets_a_link_to_the_pages_of_coordinators() -> None:
    facts = LetterFacts("stage", "fr", "https://lab.example", "c", "s", pilot_id="alertes")
    assert "/lab/pilotes/alertes/messages\n" in write_letter(facts).text
    assert "/lab/pilotes/alertes\n" in write_letter(replace(facts, coordinator=True)).text


async def _only_the_team_opens_the_page(pilots: Lab) -> None:
    """Others do not, and unticking everything erases the address."""
    assert (await Visitor(pilots, SOMEBODY).go(PAGE)).status == 403
    assert (await Visitor(pilots, ANONYMOUS).go(PAGE, {"topic": "paused"})).status == 401
    member = Visitor(pilots, COORDINATOR)
    form = (await member.go(PAGE)).hidden
    wrong = await member.go(PAGE, {**form, "topic": ["paused", "draw"], "address": "a@b"})
    assert (wrong.status, wrong.text.count(" checked")) == (400, 2)
    some = {**form, "topic": ["paused", "autre"], "address": "sacha@exemple.fr"}
    page = await member.go(PAGE, some)
    assert "Un message part vers sacha@exemple.fr" in page.words
    assert page.text.count(" checked") == 1
    assert "six mois après" in page.words
    page = await member.go(PAGE, {**form, "address": "sacha@exemple.fr"})
    assert "Vous ne recevez pas de messages de cet essai." in page.words
    assert await pilots.pool.fetchval("SELECT sealed FROM recipient WHERE coordinator") is None
    # Nothing here says who is a coordinator still: their choice expires.
    chosen_at = await pilots.pool.fetchval("SELECT chosen_at FROM recipient WHERE coordinator")
    store = PostgresRecipients(pilots.pool, SealedAddresses(SALT_KEY))
    for age, left in ((COORDINATOR_CHOICE_LASTS, 1), (COORDINATOR_CHOICE_LASTS + SECOND, 0)):
        await store.erase_useless(chosen_at + age)
        count = "SELECT count(*) FROM recipient WHERE coordinator"
        assert await pilots.pool.fetchval(count) == left

"""The pilots and the opinions on them, on pages without an account or a script."""

import re
from types import SimpleNamespace

import pytest
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, PILOT, PROTOCOL, PUBLIC, Lab
from visitors import Visitor, codes

from pilotes.contributions.adapters import PostgresContributions
from pilotes.contributions.domain import MAX_LENGTH, MAX_PER_DAY
from pilotes.wiring.pages import make_pages
from socle.pages import PageRequest, answering

PAGE = "/participer/pilotes/alertes/avis"
SEND = f"{PAGE}/envoi"
TEXT = 'Trop <b>tard</b> & "trop" peu.\r\nDeux fois.'


async def test_the_public_pages_state_that_a_trial_is_paused_and_why(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = Visitor(pilots)
    await visitor.enrol(*await codes(pilots))
    await pilots.change("POST", "/pause", {"reason": "Des alertes sont parties en double."})
    for path in ("/pilotes", "/participer/pilotes/alertes/avis", "/participer/mes-participations"):
        words = (await visitor.go(path)).words
        assert "Cet essai est en pause : tout le monde reçoit le service habituel." in words, path
        assert "Pourquoi : Des alertes sont parties en double." in words, path
    await pilots.change("POST", "/resume", {"reason": "Corrigé."})
    assert "en pause" not in (await visitor.go("/pilotes")).words


async def test_somebody_gives_their_opinion_and_reads_the_answer(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = Visitor(pilots)
    form = await visitor.go(PAGE)
    assert form.title == "Essai : Être prévenu avant de partir"
    assert "Aucun avis reçu." in form.words
    assert "<script" not in form.text
    assert "N'écrivez pas de nom, ni rien sur la santé" in form.words
    done = await visitor.go(SEND, {"said": TEXT})
    assert (done.path, done.status) == (f"{PAGE}?fait=1", 200)
    assert "Votre avis est transmis à l'équipe de l'essai." in done.words
    assert "Avis reçus : 1. Publiés : 0, non publiés : 0, en attente : 1." in done.words
    assert "tard" not in done.words
    assert visitor.cookies == {}
    verdict = {"state": "published", "answer": "<i>Merci</i>"}
    path = "/pilots/alertes/contributions/1"
    assert (await pilots.request("PUT", path, verdict, who=HOLDER, at=1)).status == 200
    body = await Visitor(pilots).go(PAGE)
    assert "Trop &lt;b&gt;tard&lt;/b&gt; &amp; &#34;trop&#34; peu.<br>\nDeux fois." in body.text
    assert "Réponse de l'équipe, le 2 mars 2026 : <i>Merci</i>" in body.words
    assert (await visitor.go(SEND)).path == PAGE


async def test_how_to_take_part_is_on_the_page_while_one_can(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    sheet = {name: PILOT[name] for name in ("title", "field", "description", "processing")}
    sheet["description"] = PILOT["description"] | {"taking_part": "Par une affiche."}
    await pilots.change("PUT", "", sheet)
    assert "Par une affiche." in (await Visitor(pilots).go(PAGE)).words
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    assert "Par une affiche." not in (await Visitor(pilots).go(PAGE)).words


async def test_what_cannot_be_taken_stays_to_be_mended(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = Visitor(pilots)
    for wrong in ("", " \n", "a" * (MAX_LENGTH + 1), "<i>a</i>\x07"):
        page = await visitor.go(SEND, {"said": wrong})
        assert (page.status, "2000 caractères au plus" in page.words) == (400, True)
    assert "&lt;i&gt;a&lt;/i&gt;" in page.text
    assert (await visitor.go(SEND, {"said": "a\0"})).status == 400
    store = PostgresContributions(pilots.pool)
    for number in range(MAX_PER_DAY):
        await store.add("alertes", f"Avis {number}", at=pilots.clock.now())
    page = await visitor.go(SEND, {"said": "Un de plus."})
    assert (page.status, "revenez demain" in page.words) == (429, True)
    assert ">Un de plus.</textarea>" in page.text


async def test_of_what_is_prepared_or_closed_there_is_no_form(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    hidden, none = [
        await Visitor(pilots).go(f"/participer/pilotes/{name}/avis")
        for name in ("alertes", "aucun")
    ]
    assert (hidden.status, hidden.words.replace("alertes", "aucun")) == (404, none.words)
    assert (await Visitor(pilots).go(SEND, {"said": "Déjà ?"})).status == 404
    # It is not listed for its coordinator either: the page is public.
    for who in (ANONYMOUS, COORDINATOR):
        assert "Aucun essai pour l'instant." in (await Visitor(pilots, who).go("/pilotes")).words
    await pilots.reach_stage("closed", "carnet")
    closed = await Visitor(pilots).go("/participer/pilotes/carnet/avis")
    assert (closed.status, "<form" in closed.text) == (200, False)
    assert "Cet essai est clos" in closed.words
    gone = await Visitor(pilots).go("/participer/pilotes/carnet/avis/envoi", {"said": "Encore."})
    assert (gone.status, "Rien n'a été enregistré" in gone.words) == (410, True)


async def test_the_pilots_are_listed_with_what_one_can_do(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await pilots.reach_stage("evaluation", "carnet")
    await pilots.create_pilot("secret")
    home = await Visitor(pilots).go("/participer")
    assert '<a href="/pilotes">donner votre avis' in home.text
    listed = await Visitor(pilots).go("/pilotes")
    assert 'href="/participer/pilotes/alertes/avis"' in listed.text
    assert 'href="/participer/pilotes/carnet/avis"' in listed.text
    assert "secret" not in listed.text
    # During a trial its results are for the team.
    assert '/pilots/carnet/report"' in listed.text
    assert '/pilots/alertes/report"' not in listed.text
    # The team of a running trial reads its report.
    for_the_team = await Visitor(pilots, COORDINATOR).go("/pilotes")
    assert '/pilots/alertes/report"' in for_the_team.text


async def test_long_lists_go_on_on_another_page(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    store = PostgresContributions(pilots.pool)
    for number in range(1, 23):
        await store.add("alertes", f"Avis {number}.", at=pilots.clock.now())
    await pilots.pool.execute(
        "UPDATE contribution SET state = 'published', answer = 'Vu.', answered_at = received_on"
    )
    first = await Visitor(pilots).go(PAGE)
    assert "Avis 22." in first.words
    assert "Avis 2." not in first.words
    assert f'href="{PAGE}?cursor=3"' in first.text
    assert "Avis 2." in (await Visitor(pilots).go(f"{PAGE}?cursor=3")).words


async def test_public_pages_state_the_territories_and_what_a_share_displays(pilots: Lab) -> None:
    where = ["Orléans", "Ligne A <tram>"]
    await pilots.reach_stage("trial", protocol=PROTOCOL | {"territories": where})
    visitor = Visitor(pilots)
    listed, page = await visitor.go("/pilotes"), await visitor.go(PAGE)
    for each in (listed, page):
        assert "Où Orléans, Ligne A <tram>" in " ".join(each.words.split())
    offer = await visitor.go(f"/participer/c/{(await codes(pilots))[0]}")
    assert "Où Orléans, Ligne A <tram>" in " ".join(offer.words.split())
    assert f'<link rel="canonical" href="{PUBLIC}{PAGE}">' in page.text
    assert '<meta property="og:title" content="Être prévenu avant de partir">' in page.text
    assert page.text.count("On prévient les voyageurs avant leur départ.") == 3
    assert f'<link rel="canonical" href="{PUBLIC}/pilotes">' in listed.text


@pytest.mark.parametrize(
    ("outcomes", "shared"),
    [
        (["C'est mieux.", "Garde-fou : la limite est franchie."], True),
        (["C'est mieux avec A. " * 10, "C'est moins bien avec B. " * 10], False),
        (None, False),
    ],
)
def test_a_share_displays_all_that_came_out_or_nothing_of_it(
    outcomes: list[str] | None, *, shared: bool
) -> None:
    summary = "On prévient les voyageurs."
    pilot = SimpleNamespace(
        id="alertes",
        title="Être prévenu",
        stage="evaluation",
        state="closed",
        description=SimpleNamespace(
            summary=summary, owner="Région", audience="", partners="", taking_part=""
        ),
        processing=SimpleNamespace(retention_days=1),
    )
    with answering(PageRequest("fr")):
        page = make_pages(PUBLIC).html(
            "avis/page.html",
            opinions=SimpleNamespace(
                pilot=pilot, outcomes=outcomes, territories=(), found=(), next=None, for_team=False
            ),
            counts=SimpleNamespace(received=0),
            done=False,
            typed="",
            longest=9,
            wrong=None,
        )
    (found,) = re.findall('<meta property="og:description" content="(.*)">', page)
    expected = "C’est mieux. Garde-fou\N{NO-BREAK SPACE}: la limite est franchie."
    assert found == (expected if shared else summary)

"""`/lab`: what coordinators see of all pilots and of one, and what they do there, over HTTP."""

import html
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from page_texts import french_texts, texts_in
from pilot_lab import ANONYMOUS, COORDINATOR, HOLDER, NOTICE, OTHER_COORDINATOR, SOMEBODY, Lab
from trial_people import halves, take_part
from visitors import Page, Visitor

from pilotes.usage.adapters.fact_store import PostgresFacts
from pilotes.usage.adapters.recruitment_log import PostgresRecruitment
from pilotes.usage.flows.record_recruitment import record_recruitment

PILOT = "/lab/pilotes/alertes"


def coordinator(pilots: Lab, language: str = "fr") -> Visitor:
    return Visitor(pilots, COORDINATOR, language=language)


async def sent(visitor: Visitor, path: str, **fields: str) -> Page:
    """The answer to the form of a page, with the fields that a person fills in."""
    page = await visitor.go(path)
    assert page.status == 200, page.words
    return await visitor.go(path, page.hidden | fields)


async def with_results(pilots: Lab) -> None:
    """A trial of 600 people who were observed to the end."""
    await pilots.reach_stage("trial")
    await take_part(pilots, halves(600, arm=0.75, control=0.5), since=pilots.clock.now())
    pilots.clock.advance(40 * 86_400)


async def test_the_lab_is_of_coordinators_alone_and_can_be_empty(pilots: Lab) -> None:
    page = await coordinator(pilots).go("/lab")
    assert page.status == 200
    assert page.title == "Le lab"
    for sentence in ("Rien à signaler", "Personne n'attend de réponse", "Aucun essai pour"):
        assert sentence in page.words
    assert "L'état des services n'est pas connu" in page.words
    assert (await coordinator(pilots).go("/lab/pilotes/aucun")).status == 404
    await pilots.reach_stage("trial")
    for who in (ANONYMOUS, SOMEBODY, HOLDER):
        for path in ("/lab", PILOT, f"{PILOT}/pause"):
            page = await Visitor(pilots, who).go(path)
            assert page.status == 302
            assert page.headers["location"] == f"/auth/login?next={path.replace('/', '%2F')}"
    pause = {"reason": "Une panne.", "revision": str(await pilots.revision())}
    assert (await Visitor(pilots, ANONYMOUS).go(f"{PILOT}/pause", pause)).status == 401
    somebody = Visitor(pilots, SOMEBODY)
    own = (await somebody.go("/participer/pilotes/alertes/avis")).hidden
    refused = await somebody.go(f"{PILOT}/pause", own | pause)
    assert refused.status == 403
    assert "celle des coordinateurs" in refused.words
    # The form of another account, and a form without one: nothing is done in another name.
    for field in (own, {}):
        assert (await coordinator(pilots).go(f"{PILOT}/pause", {**field, **pause})).status == 409
    assert (await pilots.request("GET", "/pilots/alertes")).json["state"] == "running"


def typed(notice: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the form with that notice."""
    readings = {
        f"{reading}_{name}": value if isinstance(value, str) else "\n".join(value)
        for reading in ("easy", "english")
        for name, value in notice[reading].items()
    }
    return {name: value for name, value in notice.items() if isinstance(value, str)} | readings


async def test_each_step_is_supplied_by_its_form(pilots: Lab) -> None:
    """From the co-design to the end of the trial, by the forms alone where there is one."""
    await pilots.reach_stage("codesign")
    visitor = coordinator(pilots)
    page = await visitor.go(PILOT)
    assert "Le compte rendu de co-conception manque" in page.words
    assert f'href="{PILOT}/piece/codesign_report"' in page.text
    closed = await visitor.go(f"{PILOT}/etape/ready")
    assert "Cette étape reste fermée" in closed.words
    assert "<button" not in closed.text.partition("<main")[2]
    page = await sent(visitor, f"{PILOT}/piece/codesign_report", reference="GED/1", note="")
    assert "La pièce est déposée" in page.words
    for name, work in pilots.steps_by_stage():
        if name in ("codesign", "ready", "opinion"):
            for method, path, body, who in work:
                if path not in ("/stage", "/protocol/freeze", "/notices", "/effects"):
                    await pilots.change(method, path, body, who=who)
            if name == "ready":
                await sent(visitor, f"{PILOT}/gel")
                assert "est déjà gelée" in (await visitor.go(f"{PILOT}/gel")).words
                page = await sent(visitor, f"{PILOT}/notice", **typed({**NOTICE, "version": "1"}))
                assert "La notice est publiée" in page.words
            if name == "opinion":
                assert (
                    "Avec 250 personnes par groupe" in (await visitor.go(f"{PILOT}/effets")).words
                )
                await sent(visitor, f"{PILOT}/effets")
                assert "il devient public" in (await visitor.go(f"{PILOT}/etape/trial")).words
            following = {"codesign": "ready", "ready": "opinion", "opinion": "trial"}[name]
            page = await sent(visitor, f"{PILOT}/etape/{following}", reason="")
            assert "L'essai est passé à cette étape" in page.words, page.words
    page = await sent(visitor, f"{PILOT}/etape/evaluation", reason="")
    assert "terminé, ses résultats sont à l'étude" in page.words
    assert "l'essai est fini" in (await visitor.go("/lab")).words
    # A step that does not follow any more.
    late = await visitor.go(f"{PILOT}/etape/trial")
    assert "ne peut pas passer à cette étape" in late.words


async def test_pauses_notices_and_invitations_are_forms_that_lose_nothing(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = coordinator(pilots)
    empty = await sent(visitor, f"{PILOT}/pause", reason="   ")
    assert empty.status == 400
    assert 'aria-invalid="true"' in empty.text
    page = await sent(visitor, f"{PILOT}/pause", reason="Des bus\r\nsont supprimés.")
    assert "L'essai est en pause" in page.words
    assert (await pilots.request("GET", "/pilots/alertes")).json["pause_reason"] == (
        "Des bus\nsont supprimés."
    )
    lab = await visitor.go("/lab")
    assert "tout le monde reçoit le service habituel" in lab.words
    assert "Des bus sont supprimés" in lab.words
    page = await sent(visitor, f"{PILOT}/reprise", reason="Réparé.")
    assert "L'essai a repris" in page.words
    assert "Rien à signaler" in (await visitor.go("/lab")).words
    fields = {"label": "Affiche", "count": "3", "uses": "1", "days": "30"}
    sheet = await sent(visitor, f"{PILOT}/invitations", **fields)
    assert sheet.status == 200
    assert len(re.findall(r'class="code-personnel"', sheet.text)) == 3
    wrong = await sent(visitor, f"{PILOT}/invitations", **fields | {"count": "beaucoup"})
    assert wrong.status == 400
    assert 'value="beaucoup"' in wrong.text
    assert "Codes d'inscription utilisés : de 0 à 3" in (await visitor.go(PILOT)).words
    first, second = coordinator(pilots), Visitor(pilots, OTHER_COORDINATOR)
    opened = await second.go(f"{PILOT}/notice")
    assert opened.text.count("<legend>") == 2
    await sent(first, f"{PILOT}/pause", reason="Une panne.")
    written = typed({**NOTICE, "version": "7", "asked": "Répondre <b>souvent</b>."})
    preview = await second.go(f"{PILOT}/notice", opened.hidden | written | {"do": "review"})
    assert "une fois publiée, plus rien n'est compté" in preview.words
    assert "We warn you." in preview.words
    late = await second.go(f"{PILOT}/notice", opened.hidden | written)
    assert late.status == 409
    assert "Quelqu'un d'autre a fait un changement" in late.words
    assert html.escape("Répondre <b>souvent</b>.", quote=False) in late.text
    # What was typed is sent again on the revision in force.
    assert (
        "La notice est publiée" in (await second.go(f"{PILOT}/notice", late.hidden | written)).words
    )
    # A pause that is done already: the reason is there to copy.
    stale = await first.go(f"{PILOT}/reprise")
    await sent(second, f"{PILOT}/reprise", reason="Réparée.")
    late = await first.go(f"{PILOT}/reprise", stale.hidden | {"reason": "Réparée aussi."})
    assert late.status == 409
    assert "Réparée aussi." in late.text
    assert "<button" not in late.text.partition("<main")[2]
    # Without the reason there is nothing to copy.
    bare = await first.go(f"{PILOT}/reprise", stale.hidden)
    assert bare.status == 400
    assert "pour le copier" not in bare.words


async def test_opinions_are_answered_once(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    for said in ("Bien.", "Trop de messages."):
        body = {"pilot_id": "alertes", "said": said}
        await pilots.request("POST", "/contributions", body, who=ANONYMOUS)
    visitor = coordinator(pilots)
    assert "avis à traiter (2)" in (await visitor.go("/lab")).words
    page = await visitor.go(PILOT)
    assert "Trop de messages." in page.words
    opened = await visitor.go(f"{PILOT}/avis/2")
    incomplete = await visitor.go(
        f"{PILOT}/avis/2", opened.hidden | {"state": "set_aside", "answer": "Merci.", "reason": ""}
    )
    assert incomplete.status == 400
    assert "Merci." in incomplete.text
    page = await sent(
        visitor, f"{PILOT}/avis/2", state="published", answer="Nous en enverrons moins."
    )
    assert "L'avis est traité" in page.words
    late = await visitor.go(
        f"{PILOT}/avis/2", opened.hidden | {"state": "published", "answer": "Non."}
    )
    assert late.status == 409
    assert "Non." in late.text
    page = await sent(visitor, f"{PILOT}/avis/1", state="set_aside", reason="off_topic")
    assert "L'avis est traité" in page.words
    for unknown in ("9", "0", "x", "9" * 20):
        assert (await visitor.go(f"{PILOT}/avis/{unknown}")).status == 404
    assert "Personne n'attend de réponse" in (await visitor.go("/lab")).words


async def test_what_is_displayed_is_what_the_api_discloses(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    visitor = coordinator(pilots)
    page = await visitor.go(PILOT)
    assert page.text.count("Pas encore de résultat montré") == 2
    assert "graphe-bande" not in page.text
    await take_part(pilots, halves(600, arm=0.75, control=0.5), since=pilots.clock.now())
    pilots.clock.advance(40 * 86_400)
    page = await visitor.go(PILOT)
    answer = await pilots.request("GET", "/pilots/alertes/indicators")
    row = next(
        each
        for each in answer.json["indicators"]
        if (each["indicator"], each["arm"]) == ("suivi", "prevenu")
    )
    difference = f"+{100 * row['difference']:.1f} points".replace(".", ",")
    assert difference in page.words
    assert "Verdict favorable" in page.words
    observed = sum(answer.json["people"].values())
    # Nobody was counted by day: who was observed came all the same.
    lab = (await visitor.go("/lab")).words
    assert f"Dans l'essai : au moins {observed} personnes sur 500 prévues. Suivies" in lab
    assert f"Suivies jusqu'au bout : {observed}." in lab
    assert f"Dans l'essai : au moins {observed} personnes" in page.words
    assert "sont signées, se suivent" in page.words
    history = (await pilots.request("GET", "/pilots/alertes/indicators/history")).json
    (watched,) = [each for each in history["histories"] if each["indicator"] == "suivi"]
    points = watched["points"]
    assert 2 < len(points) <= 12
    assert points[-1]["difference"] == row["difference"]
    # Each point adds k people of each arm, in each cell, to the one before.
    sizes = [0, *(each["people"] for each in points)]
    assert all(b - a >= 4 * history["k"] for a, b in pairwise(sizes))
    assert str(points[0]["people"]) in page.words
    assert (
        await pilots.request("GET", "/pilots/alertes/indicators/history", who=ANONYMOUS)
    ).status == 401


async def test_the_overview_answers_the_five_questions_first(pilots: Lab) -> None:
    await pilots.reach_stage("codesign", "idee")
    await with_results(pilots)
    await record_recruitment(
        desk=pilots.desk, facts=PostgresFacts(pilots.pool), log=PostgresRecruitment(pilots.pool)
    )
    opinion = {"pilot_id": "alertes", "said": "Trop de messages."}
    await pilots.request("POST", "/contributions", opinion, who=ANONYMOUS)
    await pilots.change("POST", "/pause", {"reason": "Une panne."})
    page = await coordinator(pilots).go("/lab")
    answers = re.search(r'<dl class="bref">(.*?)</dl>', page.text, re.DOTALL)
    assert answers is not None
    questions = re.findall(r"<dt>(.*?)</dt>", answers[1])
    found = [
        " ".join(re.sub(r"<[^>]+>", "", html.unescape(each)).replace("\xa0", " ").split())
        for each in re.split(r"<dt>.*?</dt>", answers[1])[1:]
    ]
    assert len(questions) == len(found) == 5
    assert found == [
        "Environ 600 personnes de plus dans les essais en cours.",
        "Essais à regarder d’abord (1) : Être prévenu avant de partir.",
        "Mieux que le groupe de comparaison : Être prévenu avant de partir.",
        "Être prévenu avant de partir : Le compte rendu de co-conception manque : déposez-le. Et 1"
        " de plus.",
        "Être prévenu avant de partir : avis à traiter (1), par l’équipe.",
    ]


async def test_the_lab_is_in_the_language_of_the_reader(pilots: Lab) -> None:
    await with_results(pilots)
    report = {"kind": "incident", "severity": "minor", "said": "Une page lente."}
    assert (await pilots.request("POST", "/pilots/alertes/reports", report)).status == 201
    opinion = {"pilot_id": "alertes", "said": "Bien."}
    await pilots.request("POST", "/contributions", opinion, who=ANONYMOUS)
    await pilots.create_pilot("idee")
    french = set(french_texts())
    forms = ("pause", "reprise", "notice", "invitations", "avis/1", "etape/evaluation", "gel")
    forms += ("etape/rien", "effets", "piece/impact_assessment", "piece/rien")
    forms += ("fiche", "membres", "retrait/porteuse", "protocole")
    forms += ("questionnaires", "questionnaire/sortie", "inviter", "invitation/rien")
    paths = ["/lab", "/lab/nouveau", PILOT, "/lab/pilotes/idee", "/lab/pilotes/aucun", "/lab/rien"]
    paths += ["/lab/mes-roles", "/lab/mes-roles/avis/idee", "/lab/mes-roles/invitation/rien"]
    for language in ("fr", "en"):
        visitor = coordinator(pilots, language)
        for path in [*paths, *(f"{PILOT}/{each}" for each in forms)]:
            page = await visitor.go(path)
            assert page.language == language, path
            assert len(re.findall(r"<h1[ >]", page.text)) == 1, path
            assert not re.search(r"<(style|script)|\s(style|on\w+)=", page.text), path
            assert page.headers["cache-control"] == "no-store"
            if language == "en":
                assert not french & texts_in(page.text, "en"), path
            else:
                assert not re.search(r"(?<=\w)'(?=\w)", re.sub(r"<[^>]+>", "", page.text)), path

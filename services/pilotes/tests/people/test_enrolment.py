"""Enrolment from the code on a paper to the decision, and every refusal on the way."""

import asyncio
import re
from datetime import UTC, datetime

from pilot_lab import COORDINATOR, HOLDER, JUDGE, NOTICE, PARTNER, SOMEBODY, Lab
from visitors import Visitor, codes, path_of

from pilotes.record.domain.pilot import PilotId
from socle.auth import Caller

ALICE = ("traveller", "alice")


async def test_who_leads_or_judges_a_trial_does_not_take_part_in_it(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    code, *_ = await codes(pilots, uses=9)
    for who in (HOLDER, JUDGE):
        page = await Visitor(pilots, who).enrol(code)
        assert page.status == 403
        assert "vous ne pouvez pas y participer" in page.words
    # Who is named afterwards is not counted any more.
    somebody = Visitor(pilots, SOMEBODY)
    await somebody.enrol(code)
    member = {"role": "project_holder", "name": "Marc"}
    await pilots.change("PUT", f"/members/{SOMEBODY[1]}", member)
    mine = (await somebody.request_api("GET", "/participations"))[1]["participations"]
    assert (mine[0]["stands"], mine[0]["to_renew"]) == (False, True)
    for address in ("/participer/mes-participations", "/participer/mes-participations/alertes"):
        page = await somebody.go(address)
        assert "vous portez cet essai ou vous donnez votre avis sur lui" in page.words
        assert "L'essai a changé" not in page.words
        assert "nouvel-accord" not in page.text
    again = {"notice_version": NOTICE["version"], "declared": ["age"]}
    status, _ = await somebody.request_api("POST", "/participations/alertes/renewal", again)
    assert status == 403
    await pilots.change("DELETE", f"/members/{SOMEBODY[1]}")
    status, _ = await somebody.request_api("POST", "/participations/alertes/renewal", again)
    assert status == 201


async def test_a_person_without_an_account_reads_agrees_and_receives_a_personal_code(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    typed = code.lower().replace("-", " ").replace("0", "o")
    offer = await visitor.go(f"/participer?code={typed}")
    assert offer.title == "Être prévenu avant de partir"
    for fields in (
        "Vous êtes libre d'accepter ou de refuser. Refuser ne change rien pour vous.",
        *(NOTICE[name] for name in ("asked", "benefits", "risks", "storage")),
        "Comme d'habitude Prévenu avant",
        "Jusqu'au 30 juin 2026.",
        "J'ai au moins 18 ans.",
        "Toute personne majeure qui prend le tram.",
        "dpo@example.org",
        "CNIL",
        "Mes participations",
    ):
        assert fields in offer.words, fields
    assert visitor.cookies == {}
    thanks = await visitor.enrol(code)
    assert thanks.title == "Vous participez"
    (value,) = visitor.cookies.values()
    assert thanks.personal_code.replace("-", "") == value
    assert re.fullmatch(r"[0-9A-Z]{24}", value)
    # The link and the form again: the same answer, and no error.
    again = await visitor.go(f"/participer/c/{code}")
    assert "Vous participez déjà" in again.words
    assert (await visitor.go(f"/participer/c/{code}", {**offer.hidden, "decision": "yes"})).title


async def test_no_is_as_simple_as_yes_and_leaves_nothing(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    offer = await visitor.go(f"/participer/c/{code}")
    refusal = f"/participer/c/{code}/refus"
    # Also without "yes" at the other address, and when the page is loaded again.
    for path, form in (
        (refusal, {**offer.hidden, "decision": "no"}),
        (f"/participer/c/{code}", {**offer.hidden, "declared": "age"}),
        (refusal, None),
    ):
        answer = await visitor.go(path, form)
        assert (answer.status, answer.title) == (200, "C'est noté")
        assert "Rien n'a été enregistré" in answer.words
    assert visitor.cookies == {}
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 0
    # Both are buttons of the same form and the same style.
    buttons = re.findall(r"<button ([^>]*)>", offer.text)
    assert buttons == [
        'name="decision" value="yes"',
        f'name="decision" value="no" formaction="{refusal}" formnovalidate',
    ]
    # They can change their mind.
    assert (await visitor.enrol(code)).title == "Vous participez"


async def test_a_replayed_code_is_refused_in_words(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    first, second = Visitor(pilots), Visitor(pilots)
    offer = await second.go(f"/participer/c/{code}")
    await first.enrol(code)
    fields = {**offer.hidden, "declared": "age", "decision": "yes"}
    replayed = await second.go(f"/participer/c/{code}", fields)
    assert replayed.status == 410
    assert "Ce code a déjà servi : il ne sert qu'une fois." in replayed.words
    assert "code personnel" in replayed.words
    assert (await second.go(f"/participer/c/{code}")).status == 410
    assert second.cookies == {}
    status, problem = await second.request_api(
        "POST",
        "/participations",
        {"code": code, "declared": ["age"], **offer.notice_read},
    )
    assert (status, problem["type"]) == (410, "urn:regionlab:problem:gone")
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 1


async def test_one_code_sent_by_many_at_once_lets_one_in(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    crowd = [Visitor(pilots, ("traveller", f"t{at}")) for at in range(12)]
    offer = await crowd[0].go(f"/participer/c/{code}")
    fields = {"code": code, "declared": ["age"], **offer.notice_read}
    ended = await asyncio.gather(
        *(each.request_api("POST", "/participations", fields) for each in crowd)
    )
    assert sorted(status for status, _ in ended) == [201] + [410] * 11
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 1


async def test_a_consent_for_another_pilot_is_refused_and_nothing_is_stored(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await pilots.reach_stage("trial", "carnet")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    fields = {"notice_version": NOTICE["version"], "pilot_id": "carnet"}
    page = await visitor.go(
        f"/participer/c/{code}", {**fields, "declared": "age", "decision": "yes"}
    )
    assert page.status == 400
    assert "Ce code ouvre un autre essai" in page.words
    status, problem = await visitor.request_api(
        "POST", "/participations", {"code": code, "declared": ["age"], **fields}
    )
    assert status == 409
    assert problem["pilot_id"] == "alertes"
    assert visitor.cookies == {}
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 0
    assert await pilots.pool.fetchval("SELECT used FROM enrolment_code") == 0


async def test_a_missing_declaration_or_an_old_notice_leads_back_to_the_decision(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    offer = await visitor.go(f"/participer/c/{code}")
    page = await visitor.go(f"/participer/c/{code}", {**offer.hidden, "decision": "yes"})
    assert page.status == 400
    assert "« J'ai au moins 18 ans. » Rien n'a été enregistré." in page.words
    newer = NOTICE | {"version": "2026-03-01", "risks": "Des alertes inutiles."}
    assert (await pilots.request("POST", "/pilots/alertes/notices", newer)).status == 201
    page = await visitor.go(
        f"/participer/c/{code}", {**offer.hidden, "declared": "age", "decision": "yes"}
    )
    assert page.status == 400
    assert "Le texte que vous lisiez vient de changer." in page.words
    assert "Des alertes inutiles." in page.words
    assert 'value="age" required checked' in page.text
    assert (await visitor.enrol(code)).title == "Vous participez"
    assert await pilots.pool.fetchval("SELECT notice_version FROM consent") == "2026-03-01"


async def test_no_one_enrols_before_the_trial_in_a_pause_or_after(pilots: Lab) -> None:
    await pilots.reach_stage("opinion")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    early = await visitor.go(f"/participer/c/{code}")
    assert (early.status, "pas encore ouvert" in early.words) == (409, True)
    for method, path, body, who in pilots.steps_by_stage()[3][1]:
        await pilots.change(method, path, body, who=who)
    offer = await visitor.go(f"/participer/c/{code}")
    fields = {**offer.hidden, "declared": "age", "decision": "yes"}
    await pilots.change("POST", "/pause", {"reason": "Un doute."})
    paused = await visitor.go(f"/participer/c/{code}", fields)
    assert (paused.status, "en pause" in paused.words) == (409, True)
    await pilots.change("POST", "/resume", {"reason": "Levé."})
    pilots.clock.advance((datetime(2026, 7, 1, tzinfo=UTC) - pilots.clock.now()).total_seconds())
    (late,) = await codes(pilots)
    over = await visitor.go(f"/participer/c/{late}")
    assert (over.status, "terminé" in over.words) == (410, True)
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 0


async def test_an_invalid_code_is_refused_with_a_reason(pilots: Lab) -> None:
    for code, fields in (
        ("AAAAA-AAAAA", "Ce code n'existe pas"),
        ("AAAA", "Ce code n'est pas complet"),
        ("A" * 300, "Ce code n'est pas complet"),
        ("é%2F%00<script>", "Ce code n'est pas complet"),
    ):
        page = await Visitor(pilots).go(f"/participer?code={code}")
        assert page.status in (400, 404)
        assert fields in page.words
        assert "<script>" not in page.text


async def test_an_account_takes_part_as_itself_and_a_program_never(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    one, other = await codes(pilots, 2)
    alice = Visitor(pilots, ALICE)
    thanks = await alice.enrol(one)
    assert "code personnel" not in thanks.words
    assert alice.cookies == {}
    assert "participant" in await _roles(pilots, ALICE)
    assert "participant" not in await _roles(pilots, SOMEBODY)
    program = Visitor(pilots, PARTNER, language="en")
    offer = await program.go(f"/participer/c/{other}")
    status, problem = await program.request_api(
        "POST", "/participations", {"code": other, "declared": ["age"], **offer.notice_read}
    )
    assert (status, problem["detail"]) == (403, "Seule une personne peut participer à un pilote.")
    page = await program.enrol(other)
    assert (page.status, "Only a person can take part" in page.words) == (403, True)


async def _roles(lab: Lab, who: tuple[str, str]) -> frozenset[str]:
    caller = Caller(*who, frozenset(), None, None, None, "house", {})
    _, actor = await lab.desk.get_pilot(PilotId("alertes"), caller)
    return frozenset(actor.roles)


async def test_the_team_makes_counts_and_revokes_codes_that_are_displayed_once(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    order = {"label": "Affiche", "uses": 40, "days": 10}
    for who, status in ((COORDINATOR, 201), (HOLDER, 201), (JUDGE, 403), (SOMEBODY, 403)):
        made = await pilots.request("POST", "/pilots/alertes/invitations", order, who=who)
        assert made.status == status, who
        assert (await pilots.request("GET", "/pilots/alertes/invitations", who=who)).status == (
            200 if status == 201 else 403
        )
    made = await pilots.request("POST", "/pilots/alertes/invitations", order)
    (fields,) = made.json["codes"]
    assert fields["link"].startswith("https://lab.example/participer/c/")
    assert fields["qr"].startswith("<svg")
    await Visitor(pilots).enrol(path_of(fields["link"]).rpartition("/")[2])
    listed = (await pilots.request("GET", "/pilots/alertes/invitations")).json["invitations"]
    assert listed[0]["used"] == {"at_least": 0, "at_most": 4}
    assert fields["code"] not in str(listed)
    stored = await pilots.pool.fetch("SELECT digest FROM enrolment_code")
    assert all(len(row["digest"]) == 32 for row in stored)
    gone = f"/pilots/alertes/invitations/{listed[0]['invitation_id']}"
    assert (await pilots.request("DELETE", gone, who=JUDGE)).status == 403
    assert (await pilots.request("DELETE", gone)).status == 204
    late = await Visitor(pilots).go(path_of(fields["link"]))
    assert (late.status, "plus valable" in late.words) == (410, True)


async def test_a_notice_is_complete_and_never_changes(pilots: Lab) -> None:
    await pilots.create_pilot()
    early = await pilots.request("POST", "/pilots/alertes/notices", NOTICE, who=HOLDER)
    assert (early.status, "protocole" in early.detail) == (409, True)
    await pilots.request("POST", "/pilots", {"id": "nu", "title": "Nu", "field": "esante"})
    await pilots.reach_stage("trial", "carnet")
    again = await pilots.request("POST", "/pilots/carnet/notices", NOTICE, who=HOLDER)
    assert (again.status, "ne change plus" in again.detail) == (409, True)
    read = await pilots.request("GET", "/pilots/carnet/notice", who=SOMEBODY)
    assert read.json["content"]["controller"] == "Région Centre-Val de Loire"
    assert len(read.json["sha256"]) == 64

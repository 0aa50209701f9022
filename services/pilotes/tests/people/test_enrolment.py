"""From a paper with a code to a decision: what people meet, and what they are refused."""

import asyncio
import re
from datetime import UTC, datetime

from pilot_lab import COORDINATOR, HOLDER, JUDGE, NOTICE, PARTNER, SOMEBODY, Lab
from visitors import Visitor, codes, path_of

from pilotes.record.domain.pilot import PilotId
from socle.auth import Caller

ALICE = ("traveller", "alice")


async def test_somebody_without_an_account_reads_says_yes_and_is_known_by_a_code_of_their_own(
    pilots: Lab,
) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    typed = code.lower().replace("-", " ").replace("0", "o")
    offer = await visitor.go(f"/participer?code={typed}")
    assert offer.title == "Être prévenu avant de partir"
    for told in (
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
        assert told in offer.words, told
    assert visitor.cookies == {}
    thanks = await visitor.enrol(code)
    assert thanks.title == "Vous participez"
    (value,) = visitor.cookies.values()
    assert thanks.personal_code.replace("-", "") == value
    assert re.fullmatch(r"[0-9A-Z]{24}", value)
    # The link again, and the form again: it is done, and nothing is an error.
    again = await visitor.go(f"/participer/c/{code}")
    assert "Vous participez déjà" in again.words
    assert (await visitor.go(f"/participer/c/{code}", {**offer.hidden, "decision": "yes"})).title


async def test_no_is_as_simple_as_yes_and_leaves_nothing(pilots: Lab) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    offer = await visitor.go(f"/participer/c/{code}")
    answer = await visitor.go(f"/participer/c/{code}", {**offer.hidden, "decision": "no"})
    assert (answer.status, answer.title) == (200, "C'est noté")
    assert "Rien n'a été enregistré" in answer.words
    assert visitor.cookies == {}
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 0
    # Both are buttons of the same form, and of the same look.
    buttons = re.findall(r"<button ([^>]*)>", offer.text)
    assert buttons == [
        'name="decision" value="yes"',
        'name="decision" value="no" formnovalidate',
    ]
    # They may change their mind.
    assert (await visitor.enrol(code)).title == "Vous participez"


async def test_a_replayed_code_is_refused_in_words(pilots: Lab) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    first, second = Visitor(pilots), Visitor(pilots)
    offer = await second.go(f"/participer/c/{code}")
    await first.enrol(code)
    told = {**offer.hidden, "declared": "age", "decision": "yes"}
    replayed = await second.go(f"/participer/c/{code}", told)
    assert replayed.status == 410
    assert "Ce code a déjà servi : il ne sert qu'une fois." in replayed.words
    assert "code personnel" in replayed.words
    assert (await second.go(f"/participer/c/{code}")).status == 410
    assert second.cookies == {}
    status, problem = await second.asks(
        "POST",
        "/participations",
        {"code": code, "declared": ["age"], **offer.hidden},
    )
    assert (status, problem["type"]) == (410, "urn:regionlab:problem:gone")
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 1


async def test_one_code_sent_by_many_at_once_lets_one_in(pilots: Lab) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    crowd = [Visitor(pilots, ("traveller", f"t{at}")) for at in range(12)]
    offer = await crowd[0].go(f"/participer/c/{code}")
    told = {"code": code, "declared": ["age"], **offer.hidden}
    ended = await asyncio.gather(*(each.asks("POST", "/participations", told) for each in crowd))
    assert sorted(status for status, _ in ended) == [201] + [410] * 11
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 1


async def test_a_consent_for_another_pilot_is_refused_and_nothing_is_kept(pilots: Lab) -> None:
    await pilots.reach("trial")
    await pilots.reach("trial", "carnet")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    told = {"notice_version": NOTICE["version"], "pilot_id": "carnet"}
    page = await visitor.go(f"/participer/c/{code}", {**told, "declared": "age", "decision": "yes"})
    assert page.status == 400
    assert "Ce code ouvre un autre pilote" in page.words
    status, problem = await visitor.asks(
        "POST", "/participations", {"code": code, "declared": ["age"], **told}
    )
    assert status == 409
    assert problem["pilot_id"] == "alertes"
    assert visitor.cookies == {}
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 0
    assert await pilots.pool.fetchval("SELECT used FROM enrolment_code") == 0


async def test_who_does_not_declare_what_is_asked_or_read_what_is_told_now_decides_again(
    pilots: Lab,
) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    offer = await visitor.go(f"/participer/c/{code}")
    page = await visitor.go(f"/participer/c/{code}", {**offer.hidden, "decision": "yes"})
    assert page.status == 400
    assert "« J'ai au moins 18 ans. » Rien n'a été enregistré." in page.words
    newer = NOTICE | {"version": "2026-03-01", "risks": "Des alertes inutiles."}
    assert (await pilots.ask("POST", "/pilots/alertes/notices", newer)).status == 201
    page = await visitor.go(
        f"/participer/c/{code}", {**offer.hidden, "declared": "age", "decision": "yes"}
    )
    assert page.status == 400
    assert "La notice a changé pendant que vous la lisiez." in page.words
    assert "Des alertes inutiles." in page.words
    assert 'value="age" required checked' in page.text
    assert (await visitor.enrol(code)).title == "Vous participez"
    assert await pilots.pool.fetchval("SELECT notice_version FROM consent") == "2026-03-01"


async def test_nobody_enters_before_the_trial_nor_in_a_pause_nor_after(pilots: Lab) -> None:
    await pilots.reach("opinion")
    (code,) = await codes(pilots)
    visitor = Visitor(pilots)
    early = await visitor.go(f"/participer/c/{code}")
    assert (early.status, "pas encore ouvert" in early.words) == (409, True)
    for method, path, body, who in pilots._way()[3][1]:
        await pilots.do(method, path, body, who=who)
    offer = await visitor.go(f"/participer/c/{code}")
    told = {**offer.hidden, "declared": "age", "decision": "yes"}
    await pilots.do("POST", "/pause", {"reason": "Un doute."})
    paused = await visitor.go(f"/participer/c/{code}", told)
    assert (paused.status, "en pause" in paused.words) == (409, True)
    await pilots.do("POST", "/resume", {"reason": "Levé."})
    pilots.clock.advance((datetime(2026, 7, 1, tzinfo=UTC) - pilots.clock.now()).total_seconds())
    (late,) = await codes(pilots)
    over = await visitor.go(f"/participer/c/{late}")
    assert (over.status, "terminé" in over.words) == (410, True)
    assert await pilots.pool.fetchval("SELECT count(*) FROM consent") == 0


async def test_a_code_that_is_none_is_told_so(pilots: Lab) -> None:
    for code, told in (
        ("AAAAA-AAAAA", "Ce code n'existe pas"),
        ("AAAA", "Ce code n'est pas complet"),
        ("A" * 300, "Ce code n'est pas complet"),
        ("é%2F%00<script>", "Ce code n'est pas complet"),
    ):
        page = await Visitor(pilots).go(f"/participer?code={code}")
        assert page.status in (400, 404)
        assert told in page.words
        assert "<script>" not in page.text


async def test_an_account_takes_part_as_itself_and_a_program_never(pilots: Lab) -> None:
    await pilots.reach("trial")
    one, other = await codes(pilots, 2)
    alice = Visitor(pilots, ALICE)
    thanks = await alice.enrol(one)
    assert "code personnel" not in thanks.words
    assert alice.cookies == {}
    assert "participant" in await _roles(pilots, ALICE)
    assert "participant" not in await _roles(pilots, SOMEBODY)
    program = Visitor(pilots, PARTNER)
    offer = await program.go(f"/participer/c/{other}")
    status, problem = await program.asks(
        "POST", "/participations", {"code": other, "declared": ["age"], **offer.hidden}
    )
    assert (status, problem["detail"]) == (403, "Seule une personne peut participer à un pilote.")


async def _roles(lab: Lab, who: tuple[str, str]) -> frozenset[str]:
    caller = Caller(*who, frozenset(), None, None, None, "house", {})
    _, acting = await lab.desk.look(PilotId("alertes"), caller)
    return frozenset(acting.roles)


async def test_codes_are_made_shown_once_counted_and_taken_back_by_those_who_may(
    pilots: Lab,
) -> None:
    await pilots.reach("trial")
    order = {"label": "Affiche", "uses": 40, "days": 10}
    for who, status in ((COORDINATOR, 201), (HOLDER, 201), (JUDGE, 403), (SOMEBODY, 403)):
        made = await pilots.ask("POST", "/pilots/alertes/invitations", order, who=who)
        assert made.status == status, who
        assert (await pilots.ask("GET", "/pilots/alertes/invitations", who=who)).status == (
            200 if status == 201 else 403
        )
    made = await pilots.ask("POST", "/pilots/alertes/invitations", order)
    (told,) = made.json["codes"]
    assert told["link"].startswith("https://lab.example/participer/c/")
    assert told["qr"].startswith("<svg")
    await Visitor(pilots).enrol(path_of(told["link"]).rpartition("/")[2])
    listed = (await pilots.ask("GET", "/pilots/alertes/invitations")).json["invitations"]
    assert listed[0]["used"] == 1
    assert told["code"] not in str(listed)
    stored = await pilots.pool.fetch("SELECT digest FROM enrolment_code")
    assert all(len(row["digest"]) == 32 for row in stored)
    gone = f"/pilots/alertes/invitations/{listed[0]['invitation_id']}"
    assert (await pilots.ask("DELETE", gone, who=JUDGE)).status == 403
    assert (await pilots.ask("DELETE", gone)).status == 204
    late = await Visitor(pilots).go(path_of(told["link"]))
    assert (late.status, "plus valable" in late.words) == (410, True)


async def test_a_notice_says_all_it_must_and_never_changes(pilots: Lab) -> None:
    await pilots.begin()
    early = await pilots.ask("POST", "/pilots/alertes/notices", NOTICE, who=HOLDER)
    assert (early.status, "protocole" in early.detail) == (409, True)
    await pilots.ask("POST", "/pilots", {"id": "nu", "title": "Nu", "field": "esante"})
    await pilots.reach("trial", "carnet")
    again = await pilots.ask("POST", "/pilots/carnet/notices", NOTICE, who=HOLDER)
    assert (again.status, "ne change plus" in again.detail) == (409, True)
    read = await pilots.ask("GET", "/pilots/carnet/notice", who=SOMEBODY)
    assert read.json["content"]["controller"] == "Région Centre-Val de Loire"
    assert len(read.json["sha256"]) == 64

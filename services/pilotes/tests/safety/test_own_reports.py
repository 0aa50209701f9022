"""What somebody reported is theirs: in their copy, and erased with them; that it happened stays."""

import asyncio
import json

import pytest
from pilot_lab import COORDINATOR, HOLDER, JUDGE, Lab
from visitors import Visitor, codes

from pilotes.safety.adapters import PostgresReports
from pilotes.safety.flows.stop_harm import stop_for_incidents
from pilotes.safety.ports import Reporter
from socle.errors import Refusal

REPORTS = "/pilots/alertes/reports"
GRAVE = {"kind": "incident", "severity": "severe", "said": "Je me suis perdue rue Jeanne."}
REMARK = {"kind": "comment", "said": "Utile."}
LUCIE = ("traveller", "lucie")


async def listed(pilots: Lab) -> list[tuple[str, str | None, str, str]]:
    """What the team reads, the last one first."""
    answer = await pilots.ask("GET", REPORTS, who=JUDGE)
    return [
        (each["kind"], each["severity"], each["role"], each["said"])
        for each in answer.json["reports"]
    ]


async def two(pilots: Lab) -> tuple[Visitor, Visitor]:
    """Two people who take part: without an account, and with one."""
    await pilots.reach("trial")
    one, other = await codes(pilots, 2)
    visitor, lucie = Visitor(pilots), Visitor(pilots, LUCIE)
    await visitor.enrol(one)
    await lucie.enrol(other)
    return visitor, lucie


async def said_in(person: Visitor) -> list[str]:
    """What they wrote, by the copy they are handed."""
    _, told = await person.asks("GET", "/personal-data")
    return [each["said"] for each in told["reports"]]


async def test_a_copy_holds_ones_own_reports_and_answers_alone(pilots: Lab) -> None:
    visitor, lucie = await two(pilots)
    survey = {"title": "À la fin", "questions": [{"id": "dire", "text": "Quoi ?", "kind": "text"}]}
    await pilots.do("PUT", "/surveys/sortie", survey, who=HOLDER)
    answers = {"answers": {"dire": "Rien à redire."}}
    assert (await visitor.asks("POST", "/pilots/alertes/surveys/sortie/answers", answers))[0] == 204
    assert (await visitor.asks("POST", REPORTS, GRAVE))[0] == 201
    assert (await lucie.asks("POST", REPORTS, REMARK))[0] == 201
    told = json.loads((await visitor.go("/participer/mes-donnees.json")).text)
    assert told["reports"] == [
        {"pilot_id": "alertes", "at": pilots.clock.now().isoformat(), "role": "participant"} | GRAVE
    ]
    (fact,) = told["pilots"][0]["facts"]
    assert (fact["kind"], fact["texts"]) == ("answers", {"dire": "Rien à redire."})
    assert await said_in(lucie) == ["Utile."]
    # Who withdraws has what they wrote still, and may still have it erased.
    await visitor.asks("DELETE", "/participations/alertes")
    assert await said_in(visitor) == [GRAVE["said"]]
    # Whoever reads the database alone ties what was written to nobody's facts.
    kept = await pilots.pool.fetch(
        "SELECT FROM report JOIN consent ON reporter = encode(pseudonym, 'hex')"
    )
    assert kept == []


async def test_who_erases_takes_words_and_tie_and_leaves_what_happened(pilots: Lab) -> None:
    visitor, lucie = await two(pilots)
    for person, report in ((visitor, GRAVE), (visitor, REMARK), (lucie, REMARK)):
        assert (await person.asks("POST", REPORTS, report))[0] == 201
    holder = Visitor(pilots, HOLDER)
    assert (await holder.asks("POST", REPORTS, REMARK | {"said": "Vu sur place."}))[0] == 201
    assert "plus rien ne mène à vous" in (await visitor.go("/participer/effacement")).words
    await visitor.go("/participer/effacement", {})
    assert await listed(pilots) == [
        ("comment", None, "project_holder", "Vu sur place."),
        ("comment", None, "participant", "Utile."),
        ("comment", None, "participant", ""),
        ("incident", "severe", "participant", ""),
    ]
    kept = await pilots.pool.fetch("SELECT reporter <> '' AS tied FROM report ORDER BY report_id")
    assert [row["tied"] for row in kept] == [False, False, True, True]
    # What a member wrote on duty loses its author alone.
    assert await said_in(holder) == ["Vu sur place."]
    assert await holder.asks("DELETE", "/personal-data") == (200, {"pilots": 1})
    assert await said_in(holder) == []
    assert (await listed(pilots))[0] == ("comment", None, "project_holder", "Vu sur place.")
    assert await said_in(lucie) == ["Utile."]


async def test_a_severe_incident_whose_author_is_gone_still_stops_the_trial(pilots: Lab) -> None:
    visitor, _ = await two(pilots)
    _, told = await visitor.asks("GET", "/personal-data")
    reports, now = PostgresReports(pilots.pool), pilots.clock.now()
    by = Reporter("x", (told["pilots"][0]["pseudonym"],), "participant")
    # As kept by a process that died before it could pause.
    await reports.add("alertes", "incident", "severe", "…", by=by, at=now)
    assert await reports.untie([("alertes", "x"), ("autre", "x")]) == ["alertes"]
    assert await stop_for_incidents(desk=pilots.desk, reports=reports) == ["alertes"]
    assert (await pilots.ask("GET", "/pilots/alertes")).json["state"] == "paused"


async def test_nothing_is_tied_to_whoever_erases_themselves_meanwhile(pilots: Lab) -> None:
    visitor, _ = await two(pilots)
    answers = await asyncio.gather(
        *(visitor.asks("POST", REPORTS, REMARK) for _ in range(8)),
        visitor.asks("DELETE", "/personal-data"),
    )
    assert {status for status, _ in answers[:-1]} <= {201, 401, 409}
    kept = await pilots.pool.fetch("SELECT said, reporter FROM report")
    assert [tuple(row) for row in kept] == [("", "")] * len(kept)
    by = Reporter("x", ("00" * 32,), "participant")
    with pytest.raises(Refusal, match="ne participez plus"):
        await PostgresReports(pilots.pool).add(
            "alertes", "comment", None, "…", by=by, at=pilots.clock.now()
        )


async def test_of_a_closed_pilot_nothing_is_reported_any_more(pilots: Lab) -> None:
    await pilots.reach("closed")
    answer = await pilots.ask("POST", REPORTS, REMARK, who=COORDINATOR)
    assert (answer.status, "Ce pilote est clos" in answer.detail) == (410, True)

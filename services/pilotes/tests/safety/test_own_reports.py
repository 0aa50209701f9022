"""A person's reports are in their export and erased with them; that an incident happened stays."""

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
    """The reports that the team reads, the last one first."""
    answer = await pilots.request("GET", REPORTS, who=JUDGE)
    return [
        (each["kind"], each["severity"], each["role"], each["said"])
        for each in answer.json["reports"]
    ]


async def two(pilots: Lab) -> tuple[Visitor, Visitor]:
    """Two participants: without an account, and with one."""
    await pilots.reach_stage("trial")
    one, other = await codes(pilots, 2)
    visitor, lucie = Visitor(pilots), Visitor(pilots, LUCIE)
    await visitor.enrol(one)
    await lucie.enrol(other)
    return visitor, lucie


async def exported_texts(person: Visitor) -> list[str]:
    """The texts of their reports, in their export."""
    _, exported = await person.request_api("GET", "/personal-data")
    return [each["said"] for each in exported["reports"]]


async def test_a_copy_holds_ones_own_reports_and_answers_alone(pilots: Lab) -> None:
    visitor, lucie = await two(pilots)
    survey = {"title": "À la fin", "questions": [{"id": "dire", "text": "Quoi ?", "kind": "text"}]}
    await pilots.change("PUT", "/surveys/fin", survey, who=HOLDER)
    answers = {"answers": {"dire": "Rien à redire."}}
    assert (await visitor.request_api("POST", "/pilots/alertes/surveys/fin/answers", answers))[
        0
    ] == 204
    assert (await visitor.request_api("POST", REPORTS, GRAVE))[0] == 201
    assert (await lucie.request_api("POST", REPORTS, REMARK))[0] == 201
    exported = json.loads((await visitor.go("/participer/mes-donnees.json")).text)
    assert exported["reports"] == [
        {"pilot_id": "alertes", "at": pilots.clock.now().isoformat(), "role": "participant"} | GRAVE
    ]
    (fact,) = exported["pilots"][0]["facts"]
    assert (fact["kind"], fact["texts"]) == ("answers", {"dire": "Rien à redire."})
    assert await exported_texts(lucie) == ["Utile."]
    # After a withdrawal the person still reads their reports, and can erase them.
    await visitor.request_api("DELETE", "/participations/alertes")
    assert await exported_texts(visitor) == [GRAVE["said"]]
    # The database alone links no report to facts.
    rows = await pilots.pool.fetch(
        "SELECT FROM report JOIN consent ON reporter = encode(pseudonym, 'hex')"
    )
    assert rows == []


async def test_who_erases_takes_words_and_tie_and_leaves_what_happened(pilots: Lab) -> None:
    visitor, lucie = await two(pilots)
    for person, report in ((visitor, GRAVE), (visitor, REMARK), (lucie, REMARK)):
        assert (await person.request_api("POST", REPORTS, report))[0] == 201
    holder = Visitor(pilots, HOLDER)
    assert (await holder.request_api("POST", REPORTS, REMARK | {"said": "Vu sur place."}))[0] == 201
    assert "plus rien ne les relie à vous" in (await visitor.go("/participer/effacement")).words
    await visitor.go("/participer/effacement", {})
    assert await listed(pilots) == [
        ("comment", None, "project_holder", "Vu sur place."),
        ("comment", None, "participant", "Utile."),
        ("comment", None, "participant", ""),
        ("incident", "severe", "participant", ""),
    ]
    rows = await pilots.pool.fetch("SELECT reporter <> '' AS tied FROM report ORDER BY report_id")
    assert [row["tied"] for row in rows] == [False, False, True, True]
    # A report of a team member loses its author alone.
    assert await exported_texts(holder) == ["Vu sur place."]
    assert await holder.request_api("DELETE", "/personal-data") == (200, {"pilots": 1})
    assert await exported_texts(holder) == []
    assert (await listed(pilots))[0] == ("comment", None, "project_holder", "Vu sur place.")
    assert await exported_texts(lucie) == ["Utile."]


async def test_a_severe_incident_whose_author_is_gone_still_stops_the_trial(pilots: Lab) -> None:
    visitor, _ = await two(pilots)
    _, exported = await visitor.request_api("GET", "/personal-data")
    reports, now = PostgresReports(pilots.pool), pilots.clock.now()
    by = Reporter("x", "participant", exported["pilots"][0]["pseudonym"])
    # As stored by a process that died before the pause.
    await reports.add("alertes", "incident", "severe", "…", by=by, at=now)
    assert await reports.anonymise([("alertes", "x"), ("autre", "x")]) == ["alertes"]
    assert await stop_for_incidents(desk=pilots.desk, reports=reports) == ["alertes"]
    assert (await pilots.request("GET", "/pilots/alertes")).json["state"] == "paused"


async def test_no_report_is_linked_to_a_person_erased_meanwhile(pilots: Lab) -> None:
    visitor, _ = await two(pilots)
    answers = await asyncio.gather(
        *(visitor.request_api("POST", REPORTS, REMARK) for _ in range(8)),
        visitor.request_api("DELETE", "/personal-data"),
    )
    assert {status for status, _ in answers[:-1]} <= {201, 401, 409}
    rows = await pilots.pool.fetch("SELECT said, reporter FROM report")
    assert [tuple(row) for row in rows] == [("", "")] * len(rows)
    by = Reporter("x", "participant", "00" * 32)
    with pytest.raises(Refusal, match="ne participez plus"):
        await PostgresReports(pilots.pool).add(
            "alertes", "comment", None, "…", by=by, at=pilots.clock.now()
        )


async def test_of_a_closed_pilot_nothing_is_reported_any_more(pilots: Lab) -> None:
    await pilots.reach_stage("closed")
    answer = await pilots.request("POST", REPORTS, REMARK, who=COORDINATOR)
    assert (answer.status, "Ce pilote est clos" in answer.detail) == (410, True)

"""A breached guardrail and a severe incident stop a trial; what holds, or cannot be told, does
not."""

from random import Random
from typing import Any

import pytest
from pilot_lab import HOLDER, JUDGE, NOBODY, PARTICIPANT, PARTNER, PROTOCOL, SOMEBODY, Lab
from usage_world import DAY, KeptFigures, UsageWorld, exposed, line, served
from visitors import Visitor, codes

from pilotes.safety.adapters import PostgresReports
from pilotes.safety.domain.incident_reports import MOST_A_DAY
from pilotes.safety.flows.stop_harm import stop_for_guardrails, stop_for_incidents
from pilotes.safety.ports import Reporter
from pilotes.usage.adapters.fact_store import PostgresFacts

GUARDRAIL = {
    "id": "suivi-garde",
    "label": "Suit encore les départs",
    "kind": "proportion",
    "source": "use:board-watched",
    "direction": "up",
    "role": "guardrail",
    "bound": -0.1,
    "window_days": 1,
}


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protocol of the lab, with a guardrail."""
    indicators: list[Any] = [*PROTOCOL["indicators"], GUARDRAIL]
    monkeypatch.setitem(PROTOCOL, "indicators", indicators)


async def tried(pilots: Lab, *, treated: float, control: float, people: int) -> None:
    """That many people an arm, of whom those shares watched a board within a day."""
    world = UsageWorld(pilots.pool, PostgresFacts(pilots.pool), KeptFigures(), pilots.clock)
    async with pilots.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO notice (pilot_id, version, content, digest, published_at, published_by)"
            " VALUES ('alertes', '1', '{}', '', now(), 'qui')"
        )
    start, chance = pilots.clock.now(), Random(4)
    lines = []
    for number in range(people):
        for arm, share in (("prevenu", treated), ("habituel", control)):
            name = f"{arm}-{number}"
            await world.consent(name, start - DAY, "alertes")
            await world.fold(exposed(name, start, arm, "alertes"))
            if chance.random() < share:
                lines.append(line(name, start, arm=arm, pilot_id="alertes"))
    await world.fold(served(0, *lines))
    pilots.clock.advance(2 * 86_400)


async def guard(pilots: Lab) -> list[str]:
    return [*await stop_for_guardrails(desk=pilots.desk, facts=PostgresFacts(pilots.pool))]


async def state(pilots: Lab) -> str:
    return str((await pilots.ask("GET", "/pilots/alertes")).json["state"])


@pytest.mark.usefixtures("guarded")
async def test_a_breached_guardrail_pauses_and_pauses_again_whoever_resumes(pilots: Lab) -> None:
    await pilots.reach("trial")
    assert await guard(pilots) == []  # nobody is there yet
    await tried(pilots, treated=0.1, control=0.9, people=60)
    assert await guard(pilots) == ["alertes"]
    assert await state(pilots) == "paused"
    told = (await pilots.told())[-1]
    assert told is not None
    assert told["state"] == "paused"
    decisions = (await pilots.ask("GET", "/pilots/alertes/decisions?limit=100")).json["decisions"]
    assert decisions[-1]["subject"] == "garde-fou"
    assert "« Suit encore les départs »" in decisions[-1]["outcome"]["reason"]
    assert await guard(pilots) == []
    await pilots.do("POST", "/resume", {"reason": "On continue."})
    assert await guard(pilots) == ["alertes"]


@pytest.mark.usefixtures("guarded")
async def test_what_is_within_its_bound_or_cannot_be_told_goes_on(pilots: Lab) -> None:
    await pilots.reach("trial")
    await tried(pilots, treated=0.85, control=0.9, people=40)
    assert await guard(pilots) == []
    assert await state(pilots) == "running"


async def test_a_severe_incident_pauses_at_once_and_says_nothing_of_what_was_said(
    pilots: Lab,
) -> None:
    await pilots.reach("trial")
    (code,) = await codes(pilots)
    participant = Visitor(pilots, PARTICIPANT)
    await participant.enrol(code)
    said = {"kind": "incident", "severity": "moderate", "said": "Une alerte de trop."}
    status, _ = await participant.asks("POST", "/pilots/alertes/reports", said)
    assert (status, await state(pilots)) == (201, "running")
    grave = said | {"severity": "severe", "said": "Madame Durand s'est perdue."}
    answer = await pilots.ask("POST", "/pilots/alertes/reports", grave, who=HOLDER)
    assert (answer.status, await state(pilots)) == (201, "paused")
    number = answer.json["id"]
    decisions = (await pilots.ask("GET", "/pilots/alertes/decisions?limit=100")).json["decisions"]
    reason = decisions[-1]["outcome"]["reason"]
    assert f"Incident grave n° {number}" in reason
    assert "Durand" not in str(decisions)
    await pilots.do("POST", "/resume", {"reason": "Corrigé."})
    reports = PostgresReports(pilots.pool)
    assert await stop_for_incidents(desk=pilots.desk, reports=reports) == []
    assert await state(pilots) == "running"  # one incident stops once
    listed = await pilots.ask("GET", "/pilots/alertes/reports", who=JUDGE)
    assert [each["severity"] for each in listed.json["reports"]] == ["severe", "moderate"]
    kept = await pilots.pool.fetch("SELECT reporter FROM report")
    assert all(HOLDER[1] not in each["reporter"] for each in kept)


async def test_an_incident_whose_process_died_is_seen_by_the_guard(pilots: Lab) -> None:
    await pilots.reach("trial")
    reports = PostgresReports(pilots.pool)
    now = pilots.clock.now()
    by = Reporter("x", (), "partner")
    await reports.add("alertes", "incident", "severe", "…", by=by, at=now)
    assert await stop_for_incidents(desk=pilots.desk, reports=reports) == ["alertes"]
    assert await state(pilots) == "paused"


async def test_reports_that_cannot_be_are_refused_in_words(pilots: Lab) -> None:
    await pilots.reach("trial")

    async def report(who: tuple[str, str] = HOLDER, **said: Any) -> tuple[int, str]:
        body = {"kind": "comment", "said": "Utile."} | said
        answer = await pilots.ask("POST", "/pilots/alertes/reports", body, who=who)
        return answer.status, "" if answer.status == 201 else answer.detail

    assert await report(kind="incident") == (
        400,
        "Dites la gravité de l'incident : minor, moderate ou severe.",
    )
    assert await report(severity="severe") == (400, "Seul un incident a une gravité.")
    assert (await report(said=" "))[0] == 400
    assert (await report(said="a" * 4_001))[0] == 400
    assert (await report(SOMEBODY))[0] == 403
    assert (await report(NOBODY))[0] == 401
    for _ in range(MOST_A_DAY):
        assert await report() == (201, "")
    status, detail = await report()
    assert status == 429
    assert "20 signalements" in detail
    assert await report(PARTNER) == (201, "")
    # Who remarked on much still tells of a danger.
    assert await report(kind="incident", severity="severe") == (201, "")

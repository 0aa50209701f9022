"""Facts are erased at the end of the retention period of the register, with a proof of it."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from pilot_lab import ANONYMOUS, HOLDER, PROTOCOL, Lab
from usage_world import CountedEvents, UsageWorld, exposed, line, served

from pilotes.retention.adapters import PostgresRetention
from pilotes.usage.adapters.fact_store import PostgresFacts

DAY = timedelta(days=1)


async def test_facts_go_when_their_time_is_over_and_no_earlier(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    await pilots.pool.execute(
        "INSERT INTO notice (pilot_id, version, content, digest, published_at, published_by)"
        " VALUES ('alertes', '1', '{\"retention_days\": 365}', '', timestamptz 'epoch', 'qui')"
    )
    now = pilots.clock.now()
    world = UsageWorld(pilots.pool, PostgresFacts(pilots.pool), CountedEvents(), pilots.clock)
    await world.consent("ada", now - DAY, "alertes")
    use = served(0, line("ada", now, pilot_id="alertes"))
    await world.fold(exposed("ada", now, pilot_id="alertes"), use)
    retention = PostgresRetention(pilots.pool)
    over = datetime.fromisoformat(PROTOCOL["ends_at"]) + 365 * DAY
    # The notice that people agreed to holds, whatever the register states since.
    await pilots.pool.execute(
        "UPDATE pilot SET processing = jsonb_set(processing, '{retention_days}', '3650')"
    )
    # Facts of a running trial stay, whatever end was planned.
    assert await retention.erase_due(over + DAY) == []
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    assert await retention.erase_due(over) == []
    assert await world.rows("use") == 1
    assert await retention.erase_due(over + DAY) == ["alertes"]
    tables = ("use", "exposure", "cohort", "survey_answer")
    assert [await world.rows(each) for each in tables] == [0, 0, 0, 0]
    assert await retention.erase_due(over + 2 * DAY) == []
    proof = await pilots.pool.fetchrow("SELECT pilot_id, retention_days, rows FROM forgetting")
    assert proof is not None
    assert tuple(proof) == ("alertes", 365, 3)
    with pytest.raises(asyncpg.RestrictViolationError):
        await pilots.pool.execute("DELETE FROM forgetting")


async def test_what_was_written_goes_too_and_what_is_written_late_has_days_of_its_own(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("trial")
    incident = {"kind": "incident", "severity": "minor", "said": "Trop tard."}
    for each in ("Trop tôt.", "Bien.", "Hors sujet."):
        opinion = {"pilot_id": "alertes", "said": each}
        assert (
            await pilots.request("POST", "/contributions", opinion, who=ANONYMOUS)
        ).status == 202
    contributions_path = "/pilots/alertes/contributions"
    answer: dict[str, Any] = {"state": "published", "answer": "Merci."}
    assert (await pilots.request("PUT", f"{contributions_path}/2", answer, at=1)).status == 200
    answer = {"state": "set_aside", "reason": "off_topic"}
    assert (await pilots.request("PUT", f"{contributions_path}/3", answer, at=1)).status == 200
    assert (
        await pilots.request("POST", "/pilots/alertes/reports", incident, who=HOLDER)
    ).status == 201
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    retention = PostgresRetention(pilots.pool)
    over = datetime.fromisoformat(PROTOCOL["ends_at"]) + 365 * DAY
    assert await retention.erase_due(over) == []
    # Nobody was exposed to this pilot, and one member wrote a report: it is erased all the same.
    assert await retention.erase_due(over + DAY) == ["alertes"]
    page = (await pilots.request("GET", f"{contributions_path}/received")).json
    assert [(each["said"], each["reason"]) for each in page["contributions"]] == [
        ("", "off_topic"),
        ("Bien.", None),
        ("", "unanswered"),
    ]
    assert page["counts"] == {"received": 3, "published": 1, "set_aside": 2}
    digests = "SELECT count(digest) FROM contribution WHERE state <> 'published'"
    assert await pilots.pool.fetchval(digests) == 0
    pilots.clock.advance((over + 2 * DAY - pilots.clock.now()).total_seconds())
    assert (
        await pilots.request("POST", "/pilots/alertes/reports", incident, who=HOLDER)
    ).status == 201
    assert await retention.erase_due(over + 3 * DAY) == []
    listed = (await pilots.request("GET", "/pilots/alertes/reports")).json["reports"]
    assert [each["said"] for each in listed] == ["Trop tard.", ""]
    assert await retention.erase_due(over + 400 * DAY) == ["alertes"]

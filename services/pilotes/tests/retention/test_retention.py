"""What people did is forgotten when the register says so, and that it was is kept."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from pilot_lab import HOLDER, NOBODY, PROTOCOL, Lab
from usage_world import KeptFigures, UsageWorld, exposed, line, served

from pilotes.retention.adapters import PostgresRetention
from pilotes.usage.adapters.fact_store import PostgresFacts

DAY = timedelta(days=1)


async def test_facts_go_when_their_time_is_over_and_no_earlier(pilots: Lab) -> None:
    await pilots.reach("trial")
    await pilots.pool.execute(
        "INSERT INTO notice (pilot_id, version, content, digest, published_at, published_by)"
        " VALUES ('alertes', '1', '{\"retention_days\": 365}', '', now(), 'qui')"
    )
    now = pilots.clock.now()
    world = UsageWorld(pilots.pool, PostgresFacts(pilots.pool), KeptFigures(), pilots.clock)
    await world.consent("ada", now - DAY, "alertes")
    use = served(0, line("ada", now, pilot_id="alertes"))
    await world.fold(exposed("ada", now, pilot_id="alertes"), use)
    retention = PostgresRetention(pilots.pool)
    over = datetime.fromisoformat(PROTOCOL["ends_at"]) + 365 * DAY
    # What those who agreed read holds, whatever the register says since.
    await pilots.pool.execute(
        "UPDATE pilot SET processing = jsonb_set(processing, '{retention_days}', '3650')"
    )
    # A trial that runs on is kept, whatever was planned.
    assert await retention.forget_due(over + DAY) == []
    await pilots.do("POST", "/stage", {"to": "evaluation"})
    assert await retention.forget_due(over) == []
    assert await world.rows("use") == 1
    assert await retention.forget_due(over + DAY) == ["alertes"]
    tables = ("use", "exposure", "cohort", "survey_answer")
    assert [await world.rows(each) for each in tables] == [0, 0, 0, 0]
    assert await retention.forget_due(over + 2 * DAY) == []
    proof = await pilots.pool.fetchrow("SELECT pilot_id, retention_days, rows FROM forgetting")
    assert proof is not None
    assert tuple(proof) == ("alertes", 365, 3)
    with pytest.raises(asyncpg.RestrictViolationError):
        await pilots.pool.execute("DELETE FROM forgetting")


async def test_what_was_written_goes_too_and_what_is_written_late_has_days_of_its_own(
    pilots: Lab,
) -> None:
    await pilots.reach("trial")
    said = {"kind": "incident", "severity": "minor", "said": "Trop tard."}
    for each in ("Trop tôt.", "Bien.", "Hors sujet."):
        told = {"pilot_id": "alertes", "said": each}
        assert (await pilots.ask("POST", "/contributions", told, who=NOBODY)).status == 202
    kept = "/pilots/alertes/contributions"
    answer: dict[str, Any] = {"state": "published", "answer": "Merci."}
    assert (await pilots.ask("PUT", f"{kept}/2", answer, at=1)).status == 200
    answer = {"state": "set_aside", "reason": "off_topic"}
    assert (await pilots.ask("PUT", f"{kept}/3", answer, at=1)).status == 200
    assert (await pilots.ask("POST", "/pilots/alertes/reports", said, who=HOLDER)).status == 201
    await pilots.do("POST", "/stage", {"to": "evaluation"})
    retention = PostgresRetention(pilots.pool)
    over = datetime.fromisoformat(PROTOCOL["ends_at"]) + 365 * DAY
    assert await retention.forget_due(over) == []
    # Nobody was reached by this pilot, and one member wrote: that is forgotten all the same.
    assert await retention.forget_due(over + DAY) == ["alertes"]
    page = (await pilots.ask("GET", f"{kept}/received")).json
    assert [(each["said"], each["reason"]) for each in page["contributions"]] == [
        ("", "off_topic"),
        ("Bien.", None),
        ("", "unanswered"),
    ]
    assert page["counts"] == {"received": 3, "published": 1, "set_aside": 2}
    digests = "SELECT count(digest) FROM contribution WHERE state <> 'published'"
    assert await pilots.pool.fetchval(digests) == 0
    pilots.clock.advance((over + 2 * DAY - pilots.clock.now()).total_seconds())
    assert (await pilots.ask("POST", "/pilots/alertes/reports", said, who=HOLDER)).status == 201
    assert await retention.forget_due(over + 3 * DAY) == []
    listed = (await pilots.ask("GET", "/pilots/alertes/reports")).json["reports"]
    assert [each["said"] for each in listed] == ["Trop tard.", ""]
    assert await retention.forget_due(over + 400 * DAY) == ["alertes"]

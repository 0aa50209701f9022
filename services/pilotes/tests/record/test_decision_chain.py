"""Changes written around the service, with triggers disabled, are found and named."""

from datetime import timedelta
from typing import Any, Final

import pytest
from people_world import notice
from pilot_lab import ANONYMOUS, HOLDER, JUDGE, NOTICE, PARTNER, Lab

from pilotes.record.adapters import locked_pilot
from pilotes.record.adapters.ledger import PostgresLedgers
from pilotes.record.adapters.notice_store import insert_notice
from pilotes.record.adapters.rows import protocol_json
from pilotes.record.domain.decisions import jws_hash
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.salt_copies import SaltTraceCounts
from pilotes.record.flows.prove_erasure import prove_erasure
from pilotes.record.flows.verify_record import Verification, verify_record


async def verified(pilots: Lab, head: tuple[int, str] | None = None) -> Verification:
    return await verify_record(
        ledgers=PostgresLedgers(pilots.pool), read=pilots.signer.read, head=head
    )


async def around(pilots: Lab, statement: str) -> None:
    """A connection of the database's owner, with triggers disabled."""
    async with pilots.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(statement)


async def test_an_untouched_record_verifies(pilots: Lab) -> None:
    assert await verified(pilots) == Verification(0, 0, (0, ""), ())
    await pilots.reach_stage("trial")
    await pilots.change("POST", "/pause", {"reason": "Un doute."})
    await pilots.change("DELETE", f"/members/{PARTNER[1]}")
    verification = await verified(pilots)
    assert verification.errors == ()
    head = (await pilots.request("GET", "/decisions/head", who=ANONYMOUS)).json
    assert verification.head == (head["number"], head["hash"])
    assert (await verified(pilots, head=verification.head)).errors == ()


async def test_a_protocol_of_an_earlier_release_verifies(
    pilots: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its content lacks the fields that came later, and so does the digest in its decision."""

    def earlier_json(protocol: Protocol) -> dict[str, Any]:
        content = protocol_json(protocol)
        del content["design"]
        return content

    monkeypatch.setattr(locked_pilot, "protocol_json", earlier_json)
    await pilots.reach_stage("trial")
    assert (await verified(pilots)).errors == ()


CHANGED: Final = (
    ("UPDATE decision SET kind = 'resume' WHERE number = 5", "décision 5 (alertes)"),
    ("UPDATE decision SET at = at - interval '1 day' WHERE number = 5", "(at)"),
    ("UPDATE decision SET jws = replace(jws, '.', '.A') WHERE number = 5", "empreinte"),
    ("DELETE FROM decision WHERE number = 5", "décision 6 (alertes)"),
    (
        "UPDATE decision SET pilot_id = 'autre' WHERE number = 5",
        "ce qui fut signé (pilot_id)",
    ),
    (
        "UPDATE decision SET number = number + 100 WHERE number = 7",
        "la précédente devrait être la 106",
    ),
    ("UPDATE pilot SET stage = 'generalise'", "l'étape est « generalise »"),
    ("UPDATE pilot SET paused = true", "la pause"),
    ("UPDATE pilot SET salt = NULL", "le sel"),
    ("UPDATE pilot SET field = 'both'", "le domaine"),
    ("UPDATE pilot SET protocol_version = NULL", "la version du protocole en vigueur"),
    (
        "UPDATE evidence SET content = jsonb_set(content, '{opinion}', '\"reserved\"')"
        " WHERE kind = 'crnum_opinion'",
        "modifié après la décision",
    ),
    ("DELETE FROM evidence WHERE kind = 'impact_assessment'", "disparu de la base"),
    (
        "UPDATE protocol SET content = jsonb_set(content, '{planned_per_arm}', '9000')",
        "protocole, version 1 : modifié après la décision",
    ),
    (
        "INSERT INTO membership VALUES ('alertes', 'x', 'crnum_member', 'X', now(), 'y')",
        "rôle de x : dans la base, sans décision",
    ),
    ("UPDATE membership SET role = 'partner' WHERE role = 'crnum_member'", JUDGE[1]),
    (
        "UPDATE notice SET content = jsonb_set(content, '{risks}', '\"Aucun.\"')",
        "notice 2026-02-20 : modifié après la décision",
    ),
    ("DELETE FROM notice", "notice 2026-02-20 : décidé, mais disparu de la base"),
    (
        "INSERT INTO notice SELECT pilot_id, 'autre', content, digest, now(), published_by"
        " FROM notice",
        "notice autre : dans la base, sans décision",
    ),
    (
        "UPDATE notice SET published_at = published_at - interval '1 day'",
        "la date de publication n'est pas celle de la décision",
    ),
)
_COPY: Final = "CREATE TABLE kept_{0} AS TABLE {0}"
_BRING_BACK: Final = """
DELETE FROM {0}; INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{0}"""
_TABLES: Final = ("pilot", "decision", "evidence", "protocol", "membership", "notice")


async def test_what_is_changed_around_the_service_is_named(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    for table in _TABLES:
        await pilots.pool.execute(_COPY.format(table))
    for statement, named in CHANGED:
        await around(pilots, statement)
        errors = (await verified(pilots)).errors
        assert any(named in each for each in errors), (statement, errors)
        for table in _TABLES:
            await around(pilots, _BRING_BACK.format(table))
        assert (await verified(pilots)).errors == (), statement


async def test_a_notice_older_than_signed_notices_is_listed_as_unsigned_and_not_as_an_error(
    pilots: Lab,
) -> None:
    await pilots.reach_stage("ready")
    earlier = pilots.clock.now() - timedelta(days=1)
    await insert_notice(pilots.pool, notice("alertes", "ancienne"), at=earlier, by="c-1")
    before = await verified(pilots)
    assert before.errors == ()
    (found,) = before.unsigned
    assert found.startswith("pilote alertes : notice ancienne : publiée avant")
    await pilots.change("POST", "/notices", NOTICE, who=HOLDER)
    assert (await verified(pilots)).errors == ()
    assert (await verified(pilots)).unsigned == before.unsigned
    (decided,) = [
        each
        for each in (await pilots.request("GET", "/pilots/alertes/decisions")).json["decisions"]
        if each["kind"] == "notice_published"
    ]
    assert (decided["label"], decided["role"]) == ("notice d'information publiée", "project_holder")
    read = (await pilots.request("GET", "/pilots/alertes/notice")).json
    assert decided["outcome"] == {"version": NOTICE["version"], "digest": read["sha256"]}
    await insert_notice(pilots.pool, notice("alertes", "autre"), at=pilots.clock.now(), by="c-1")
    (errors,) = (await verified(pilots)).errors
    assert errors == "pilote alertes : notice autre : dans la base, sans décision"


async def test_a_notice_that_is_refused_leaves_no_decision(pilots: Lab) -> None:
    await pilots.reach_stage("ready")
    await pilots.change("POST", "/notices", NOTICE, who=HOLDER)
    head = (await verified(pilots)).head
    again = await pilots.request("POST", "/pilots/alertes/notices", NOTICE, who=HOLDER)
    assert (again.status, "ne change plus" in again.detail) == (409, True)
    assert (await verified(pilots)).head == head


async def test_a_truncated_chain_is_found_by_a_head_stored_elsewhere(pilots: Lab) -> None:
    await pilots.reach_stage("codesign")
    before = (await verified(pilots)).head
    await pilots.change(
        "POST", "/evidence", {"kind": "codesign_report", "reference": "1"}, who=HOLDER
    )
    head = (await verified(pilots)).head
    await around(pilots, f"DELETE FROM decision WHERE number = {head[0]}")
    await around(pilots, "DELETE FROM evidence")
    # The chain alone does not show it; a head stored elsewhere does.
    assert (await verified(pilots)).errors == ()
    assert (await verified(pilots, head=before)).errors == ()
    (errors,) = (await verified(pilots, head=head)).errors
    assert f"la décision {head[0]}" in errors


async def test_a_decision_signed_by_another_key_is_refused(pilots: Lab) -> None:
    await pilots.create_pilot()
    signed = await pilots.pool.fetchval("SELECT jws FROM decision WHERE number = 1")
    header, payload, _ = signed.split(".")
    forged = f"{header}.{payload}.{'A' * 86}"
    await around(
        pilots,
        f"UPDATE decision SET jws = '{forged}', hash = '{jws_hash(forged)}' WHERE number = 1",
    )
    errors = (await verified(pilots)).errors
    assert "décision 1 (alertes) : sa signature n'est celle d'aucune de nos clés" in errors
    # It stays in the list, marked as unverifiable.
    found = (await pilots.request("GET", "/pilots/alertes/decisions")).json["decisions"]
    assert found[0]["label"] == "signature non vérifiable"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decision SET kind = 'pause' WHERE number = 5",
        "UPDATE decision SET at = at - interval '1 day' WHERE number = 5",
        "UPDATE decision SET previous = hash WHERE number = 5",
    ],
)
async def test_a_row_that_differs_from_its_signed_statement_is_listed_as_changed(
    pilots: Lab, change: str
) -> None:
    await pilots.reach_stage("ready")
    await around(pilots, change)
    found = (await pilots.request("GET", "/pilots/alertes/decisions")).json["decisions"]
    assert found[4]["number"] == 5
    assert found[4]["label"] == "modifiée après sa signature"
    assert (found[4]["role"], found[4]["subject"], found[4]["outcome"]) == ("", "", {})
    labels = [each["label"] for place, each in enumerate(found) if place != 4]
    assert "modifiée après sa signature" not in labels


class NothingLeft:
    """`SaltTraces` that finds no copy of any salt."""

    async def count(self, pilot_id: PilotId) -> SaltTraceCounts:
        return SaltTraceCounts(False, 0, 0, True)


async def test_a_decision_moved_to_another_pilot_proves_no_erasure_there(pilots: Lab) -> None:
    await pilots.reach_stage("closed")
    await pilots.create_pilot("autre")
    proof = await prove_erasure(
        PilotId("alertes"),
        records=pilots.desk.records,
        traces=NothingLeft(),
        read=pilots.signer.read,
    )
    assert proof.holds
    await around(
        pilots,
        "UPDATE decision SET pilot_id = 'autre' WHERE number ="
        " (SELECT max(number) FROM decision WHERE pilot_id = 'alertes')",
    )
    proof = await prove_erasure(
        PilotId("autre"),
        records=pilots.desk.records,
        traces=NothingLeft(),
        read=pilots.signer.read,
    )
    assert not proof.holds

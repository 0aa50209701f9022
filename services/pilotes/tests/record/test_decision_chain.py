"""What somebody writes around the service, triggers disabled, is found and named."""

from datetime import timedelta
from typing import Final

from people_world import notice
from pilot_lab import HOLDER, JUDGE, NOBODY, NOTICE, PARTNER, Lab

from pilotes.record.adapters.ledger import PostgresLedgers
from pilotes.record.adapters.notice_store import insert_notice
from pilotes.record.domain.decisions import hash_of
from pilotes.record.flows.verify_record import Verdict, verify_record


async def verified(pilots: Lab, head: tuple[int, str] | None = None) -> Verdict:
    return await verify_record(
        ledgers=PostgresLedgers(pilots.pool), read=pilots.signer.read, head=head
    )


async def around(pilots: Lab, statement: str) -> None:
    """As the database's owner, who can disable what refuses."""
    async with pilots.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(statement)


async def test_a_record_that_nobody_touched_holds(pilots: Lab) -> None:
    assert await verified(pilots) == Verdict(0, 0, (0, ""), ())
    await pilots.reach("trial")
    await pilots.do("POST", "/pause", {"reason": "Un doute."})
    await pilots.do("DELETE", f"/members/{PARTNER[1]}")
    verdict = await verified(pilots)
    assert verdict.wrong == ()
    head = (await pilots.ask("GET", "/decisions/head", who=NOBODY)).json
    assert verdict.head == (head["number"], head["hash"])
    assert (await verified(pilots, head=verdict.head)).wrong == ()


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
_KEEP: Final = "CREATE TABLE kept_{0} AS TABLE {0}"
_BRING_BACK: Final = """
DELETE FROM {0}; INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{0}"""
_TABLES: Final = ("pilot", "decision", "evidence", "protocol", "membership", "notice")


async def test_what_is_changed_around_the_service_is_named(pilots: Lab) -> None:
    await pilots.reach("trial")
    for table in _TABLES:
        await pilots.pool.execute(_KEEP.format(table))
    for statement, named in CHANGED:
        await around(pilots, statement)
        wrong = (await verified(pilots)).wrong
        assert any(named in each for each in wrong), (statement, wrong)
        for table in _TABLES:
            await around(pilots, _BRING_BACK.format(table))
        assert (await verified(pilots)).wrong == (), statement


async def test_a_notice_of_before_notices_were_signed_is_told_and_not_called_wrong(
    pilots: Lab,
) -> None:
    await pilots.reach("ready")
    earlier = pilots.clock.now() - timedelta(days=1)
    await insert_notice(pilots.pool, notice("alertes", "ancienne"), at=earlier, by="c-1")
    before = await verified(pilots)
    assert before.wrong == ()
    (told,) = before.unsigned
    assert told.startswith("pilote alertes : notice ancienne : publiée avant")
    await pilots.do("POST", "/notices", NOTICE, who=HOLDER)
    assert (await verified(pilots)).wrong == ()
    assert (await verified(pilots)).unsigned == before.unsigned
    (decided,) = [
        each
        for each in (await pilots.ask("GET", "/pilots/alertes/decisions")).json["decisions"]
        if each["kind"] == "notice_published"
    ]
    assert (decided["label"], decided["role"]) == ("notice d'information publiée", "project_holder")
    read = (await pilots.ask("GET", "/pilots/alertes/notice")).json
    assert decided["outcome"] == {"version": NOTICE["version"], "digest": read["sha256"]}
    await insert_notice(pilots.pool, notice("alertes", "autre"), at=pilots.clock.now(), by="c-1")
    (wrong,) = (await verified(pilots)).wrong
    assert wrong == "pilote alertes : notice autre : dans la base, sans décision"


async def test_a_notice_that_is_refused_leaves_no_decision(pilots: Lab) -> None:
    await pilots.reach("ready")
    await pilots.do("POST", "/notices", NOTICE, who=HOLDER)
    head = (await verified(pilots)).head
    again = await pilots.ask("POST", "/pilots/alertes/notices", NOTICE, who=HOLDER)
    assert (again.status, "ne change plus" in again.detail) == (409, True)
    assert (await verified(pilots)).head == head


async def test_an_end_that_was_cut_off_is_found_by_a_head_kept_elsewhere(pilots: Lab) -> None:
    await pilots.reach("codesign")
    before = (await verified(pilots)).head
    await pilots.do("POST", "/evidence", {"kind": "codesign_report", "reference": "1"}, who=HOLDER)
    head = (await verified(pilots)).head
    await around(pilots, f"DELETE FROM decision WHERE number = {head[0]}")
    await around(pilots, "DELETE FROM evidence")
    # The chain by itself cannot tell; whoever kept its head can.
    assert (await verified(pilots)).wrong == ()
    assert (await verified(pilots, head=before)).wrong == ()
    (wrong,) = (await verified(pilots, head=head)).wrong
    assert f"la décision {head[0]}" in wrong


async def test_a_decision_of_another_key_is_none_of_ours(pilots: Lab) -> None:
    await pilots.begin()
    signed = await pilots.pool.fetchval("SELECT jws FROM decision WHERE number = 1")
    header, payload, _ = signed.split(".")
    forged = f"{header}.{payload}.{'A' * 86}"
    await around(
        pilots,
        f"UPDATE decision SET jws = '{forged}', hash = '{hash_of(forged)}' WHERE number = 1",
    )
    wrong = (await verified(pilots)).wrong
    assert "décision 1 (alertes) : sa signature n'est celle d'aucune de nos clés" in wrong
    # It is shown all the same, as what it is.
    told = (await pilots.ask("GET", "/pilots/alertes/decisions")).json["decisions"]
    assert told[0]["label"] == "signature non vérifiable"

"""The database refuses changes of decisions, evidence and frozen protocols."""

import asyncpg
import pytest

_FILLED = """
INSERT INTO pilot (pilot_id, revision, stage, field, title, description, processing, salt,
    created_at, changed_at, changed_by)
VALUES ('alertes', 1, 'idea', 'mobilite', 'Alertes', '{}', '{}', '\\x00', now(), now(), 'c-1');
INSERT INTO protocol VALUES
    ('alertes', 1, '{}', 'd', '', now(), 'c-1', now()),
    ('alertes', 2, '{}', 'd', '', now(), 'c-1', NULL);
INSERT INTO evidence (pilot_id, kind, content, digest, given_at, given_by, given_as)
VALUES ('alertes', 'impact_assessment', '{}', 'd', now(), 'c-1', 'coordinator');
INSERT INTO decision VALUES (1, 'alertes', 'stage', now(), 'j', '', 'h');
"""


@pytest.mark.parametrize(
    "forbidden",
    [
        "UPDATE decision SET kind = 'other'",
        "DELETE FROM decision",
        "TRUNCATE decision",
        "UPDATE evidence SET content = '{\"a\": 1}'",
        "DELETE FROM evidence",
        "TRUNCATE evidence",
        "UPDATE protocol SET reason = 'x' WHERE version = 1",
        "DELETE FROM protocol WHERE version = 1",
        "TRUNCATE protocol CASCADE",
        "DELETE FROM pilot",
    ],
)
async def test_what_is_settled_is_not_changed(postgres_url: str, forbidden: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute(_FILLED)
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(forbidden)
        # A draft can change.
        await connection.execute("UPDATE protocol SET digest = 'e' WHERE version = 2")
    finally:
        await connection.close()

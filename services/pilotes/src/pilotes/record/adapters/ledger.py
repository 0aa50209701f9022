"""The complete record, read in one snapshot. Every digest is calculated from the stored data."""

from typing import Final

from pilotes.record.adapters.rows import DECISIONS, entry_of
from pilotes.record.domain.decision_replay import PilotState
from pilotes.record.domain.decisions import json_digest
from pilotes.record.ports import Ledger
from socle.postgres import Connection, Pool, reachable

_PILOTS: Final = (
    "SELECT pilot_id, stage, paused, salt IS NOT NULL AS salted, protocol_version, field,"
    " processing FROM pilot"
)
_PROTOCOLS: Final = "SELECT pilot_id, version, content FROM protocol WHERE frozen_at IS NOT NULL"
_EVIDENCE: Final = "SELECT pilot_id, evidence_id, kind, protocol_version, content FROM evidence"
_NOTICES: Final = "SELECT pilot_id, version, content, published_at FROM notice"
_MEMBERS: Final = "SELECT pilot_id, subject, role FROM membership"


class PostgresLedgers:
    """Implements `Ledgers`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read(self) -> Ledger:
        with reachable():
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                chain = await connection.fetch(DECISIONS + " ORDER BY number")
                return Ledger([entry_of(row) for row in chain], await _stored_states(connection))


async def _stored_states(connection: Connection) -> dict[str, PilotState]:
    """The stored state of each pilot, by its id."""
    found = {
        row["pilot_id"]: PilotState(
            row["stage"],
            row["paused"],
            row["salted"],
            row["protocol_version"],
            row["field"],
            json_digest(row["processing"]),
        )
        for row in await connection.fetch(_PILOTS)
    }
    for row in await connection.fetch(_PROTOCOLS):
        # As it is stored: a protocol of an earlier release lacks the fields that came later.
        found[row["pilot_id"]].protocols[row["version"]] = json_digest(row["content"])
    for row in await connection.fetch(_EVIDENCE):
        about = {name: row[name] for name in ("kind", "protocol_version", "content")}
        found[row["pilot_id"]].evidence[row["evidence_id"]] = json_digest(about)
    for row in await connection.fetch(_NOTICES):
        state = found[row["pilot_id"]]
        state.notices[row["version"]] = json_digest(row["content"])
        state.published[row["version"]] = row["published_at"]
    for row in await connection.fetch(_MEMBERS):
        found[row["pilot_id"]].members[row["subject"]] = row["role"]
    return found

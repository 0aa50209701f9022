"""The whole record read at one moment, every digest calculated anew from what is kept."""

from typing import Final

from pilotes.record.adapters.rows import DECISIONS, entry_of, protocol_json, protocol_of
from pilotes.record.domain.decision_replay import Standing
from pilotes.record.domain.decisions import digest_of
from pilotes.record.ports import Ledger
from socle.postgres import Connection, Pool, reachable

_PILOTS: Final = (
    "SELECT pilot_id, stage, paused, salt IS NOT NULL AS salted, protocol_version, field FROM pilot"
)
_PROTOCOLS: Final = """
SELECT pilot_id, version, content, digest, reason, written_at, written_by, frozen_at FROM protocol
WHERE frozen_at IS NOT NULL"""
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
                return Ledger([entry_of(row) for row in chain], await _kept(connection))


async def _kept(connection: Connection) -> dict[str, Standing]:
    found = {
        row["pilot_id"]: Standing(
            row["stage"], row["paused"], row["salted"], row["protocol_version"], row["field"]
        )
        for row in await connection.fetch(_PILOTS)
    }
    for row in await connection.fetch(_PROTOCOLS):
        told = dict(row)
        standing = found[told.pop("pilot_id")]
        protocol = protocol_of(told).protocol
        standing.protocols[row["version"]] = digest_of(protocol_json(protocol))
    for row in await connection.fetch(_EVIDENCE):
        about = {name: row[name] for name in ("kind", "protocol_version", "content")}
        found[row["pilot_id"]].evidence[row["evidence_id"]] = digest_of(about)
    for row in await connection.fetch(_NOTICES):
        standing = found[row["pilot_id"]]
        standing.notices[row["version"]] = digest_of(row["content"])
        standing.published[row["version"]] = row["published_at"]
    for row in await connection.fetch(_MEMBERS):
        found[row["pilot_id"]].members[row["subject"]] = row["role"]
    return found

"""Traces in PostgreSQL. Those that store some lock the head of the chain, one after another."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

import orjson

from esante.traces.adapters.journal import line_bytes
from esante.traces.domain.chain import ChainLink, ChainPosition, next_hash
from esante.traces.domain.trace import patients_of_trace
from socle.postgres import Pool, reachable, transaction

_LOCK_CHAIN: Final = "SELECT head, head_hash FROM trace_chain FOR UPDATE"
_MOVE_HEAD: Final = "UPDATE trace_chain SET head = $1, head_hash = $2"
_STORED: Final = "SELECT stored FROM trace_journal WHERE journal = $1"
_SET_STORED: Final = """
INSERT INTO trace_journal (journal, stored) VALUES ($1, $2)
ON CONFLICT (journal) DO UPDATE SET stored = $2, at = now()"""
_COLUMNS: Final = ("number", "at", "patients", "record", "hash")
_LINKS: Final = """
SELECT number, record, hash, patients FROM trace WHERE number > $1 AND number <= $2
ORDER BY number LIMIT $3"""
_FIRST_RETAINED: Final = """
SELECT coalesce(min(number), (SELECT head + 1 FROM trace_chain)) FROM trace WHERE at >= $1"""
_ANCHOR: Final = "SELECT anchor FROM trace_chain"
_PRUNED: Final = 20_000
"""Traces that one transaction removes."""
_MOVE_ANCHOR: Final = """
UPDATE trace_chain SET anchor = t.number, anchor_hash = t.hash
FROM trace t WHERE t.number = $1 AND t.number > anchor AND t.number <= rendered
RETURNING anchor"""


class TraceStore:
    """The table of traces. Every method raises Retry if the database is unreachable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find_stored(self, journal: str) -> int:
        """How many bytes of that journal are stored."""
        with reachable():
            return await self._pool.fetchval(_STORED, journal) or 0

    async def append(self, records: Sequence[bytes], *, journal: str, end: int) -> None:
        """Append traces to the chain. `end`: the bytes of the journal that are stored then. Those
        that are already stored are left out: the answer of a former attempt can have been lost."""
        with reachable():
            async with transaction(self._pool) as connection:
                locked = await connection.fetchrow(_LOCK_CHAIN)
                assert locked is not None
                head, previous = locked
                stored_bytes = await connection.fetchval(_STORED, journal) or 0
                fresh = records_after(records, end=end, stored=stored_bytes)
                if not fresh:
                    return
                rows = []
                for number, record in enumerate(fresh, head + 1):
                    previous = next_hash(previous, record)
                    stored = orjson.loads(record)
                    at = datetime.fromisoformat(stored["at"])
                    rows.append((number, at, patients_of_trace(stored), record, previous))
                await connection.copy_records_to_table("trace", records=rows, columns=_COLUMNS)
                await connection.execute(_MOVE_HEAD, head + len(rows), previous)
                await connection.execute(_SET_STORED, journal, end)

    async def find_ends(self) -> tuple[ChainPosition, ChainPosition]:
        """The anchor and the head of the chain."""
        with reachable():
            row = await self._pool.fetchrow("SELECT * FROM trace_chain")
        assert row is not None
        return (
            ChainPosition(row["anchor"], row["anchor_hash"]),
            ChainPosition(row["head"], row["head_hash"]),
        )

    async def list_links(
        self, *, after: int, until: int, page: int = 5000
    ) -> AsyncIterator[ChainLink]:
        """The traces after that number up to the other, in order."""
        while True:
            with reachable():
                rows = await self._pool.fetch(_LINKS, after, until, page)
            for row in rows:
                yield ChainLink(row["number"], row["record"], row["hash"], tuple(row["patients"]))
            if len(rows) < page:
                return
            after = rows[-1]["number"]

    async def prune(self, before: datetime) -> int:
        """Remove the traces from before that instant that precede all others, as far as they are
        AuditEvents, some at a time; the last one removed becomes the anchor. Returns how many."""
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(_LOCK_CHAIN)
                first = await connection.fetchval(_FIRST_RETAINED, before)
                first = min(first, await connection.fetchval(_ANCHOR) + 1 + _PRUNED)
                if await connection.fetchval(_MOVE_ANCHOR, first - 1) is None:
                    return 0
                done = await connection.execute("DELETE FROM trace WHERE number < $1", first)
                await connection.execute("DELETE FROM trace_journal WHERE at < $1", before)
                return int(done.split()[-1])


def records_after(records: Sequence[bytes], *, end: int, stored: int) -> Sequence[bytes]:
    """The last of those records, whose lines end at `end`, that begin at `stored` or later. Both
    are bytes of the journal."""
    begin, fresh = end - sum(map(line_bytes, records)), []
    for each in records:
        if begin >= stored:
            fresh.append(each)
        begin += line_bytes(each)
    return fresh

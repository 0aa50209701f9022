"""Search for copies of a pilot's salt: in the database, the outbox and the topic."""

import orjson

from pilotes.events import PilotV1
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.salt_copies import SaltTraceCounts
from socle.kafka import Reader
from socle.postgres import Pool, reachable

_WAIT = 1.0  # seconds for each read of the topic
_AT_MOST = 500  # records for each read
# The value is JSON in UTF-8: it contains this field name if it contains a salt.
_OUTBOX = """
SELECT count(*) FROM outbox WHERE topic = $1 AND key = $2
    AND position('"salt"'::bytea IN value) > 0"""


class SaltTraceSearch:
    """Implements `SaltTraces`. `kafka`: bootstrap servers."""

    def __init__(self, pool: Pool, kafka: str) -> None:
        self._pool, self._kafka = pool, kafka

    async def count(self, pilot_id: PilotId) -> SaltTraceCounts:
        with reachable():
            in_database = await self._pool.fetchval(
                "SELECT salt IS NOT NULL FROM pilot WHERE pilot_id = $1", pilot_id
            )
            waiting = await self._pool.fetchval(_OUTBOX, PilotV1.topic, pilot_id)
        records, deleted = await self._on_the_bus(pilot_id)
        return SaltTraceCounts(bool(in_database), waiting, records, deleted)

    async def _on_the_bus(self, pilot_id: PilotId) -> tuple[int, bool]:
        """The number of records of the topic that contain the salt, and whether the last record of
        that pilot does not, or there is none."""
        reader = Reader(self._kafka, topic=PilotV1.topic, client_id="pilotes-proof")
        try:
            await reader.start({})
            ends = await reader.ends()
            salted, last_without = 0, True
            while any(reader.positions.get(at, 0) < end for at, end in ends.items()):
                for record in await reader.records(wait=_WAIT, at_most=_AT_MOST):
                    if record.key == pilot_id.encode():
                        last_without = not _holds_salt(record.value)
                        salted += not last_without
            return salted, last_without
        finally:
            await reader.stop()


def _holds_salt(value: bytes | None) -> bool:
    """Whether a record's value has the field of the salt. A tombstone has not."""
    if value is None:
        return False
    try:
        return "salt" in orjson.loads(value)
    except ValueError:
        return b"salt" in value

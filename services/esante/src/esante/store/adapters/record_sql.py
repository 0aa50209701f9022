"""The records of requests with an Idempotency-Key, in the transaction of what they wrote."""

from typing import Final

import orjson

from esante.core.domain.idempotency_key import IdempotencyKey
from esante.store.adapters.discards import execute_alone
from esante.store.ports import RecordedVersion, WriteRecord
from socle.postgres import Connection, Pool

LIFE: Final = "interval '24 hours'"
# One that waits for the other's commit writes nothing, unless the other has expired.
_INSERT: Final = f"""
INSERT INTO write_record AS r (account, key, place, fingerprint, versions)
VALUES ($1, $2, $3, $4, $5::text::jsonb)
ON CONFLICT (account, key, place) DO UPDATE
SET fingerprint = excluded.fingerprint, versions = excluded.versions, recorded_at = now()
WHERE r.recorded_at < now() - {LIFE}"""  # noqa: S608
_FIND: Final = f"""
SELECT place, fingerprint, versions::text FROM write_record
WHERE account = $1 AND key = $2 AND recorded_at >= now() - {LIFE}"""  # noqa: S608
_DISCARD_EXPIRED: Final = f"DELETE FROM write_record WHERE recorded_at < now() - {LIFE}"  # noqa: S608


async def insert_record(connection: Connection, record: WriteRecord) -> bool:
    """Write a record; False if another request has written one for that key."""
    versions = [[v.place, v.type, v.id, v.version, v.written] for v in record.versions]
    inserted = await connection.execute(
        _INSERT,
        record.key.account,
        record.key.text,
        record.key.place,
        record.key.fingerprint,
        orjson.dumps(versions).decode(),
    )
    return bool(inserted == "INSERT 0 1")


async def find_records(pool: Pool, account: str, key: str) -> list[WriteRecord]:
    """The records of a key that have not expired."""
    return [
        WriteRecord(
            IdempotencyKey(account, key, row["fingerprint"], row["place"]),
            tuple(
                RecordedVersion(place, resource_type, own, version, written=written)
                for place, resource_type, own, version, written in orjson.loads(row["versions"])
            ),
        )
        for row in await pool.fetch(_FIND, account, key)
    ]


async def discard_expired_records(pool: Pool) -> None:
    """Remove the records that no request reads any more. Raises Retry without the database."""
    await execute_alone(pool, _DISCARD_EXPIRED)

"""Readings and alerts in PostgreSQL. Implements `HomeCareStore`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import asyncpg

from esante.home_care.domain.readings import CIRCLE
from esante.home_care.domain.rule import DEBOUNCE, LONGEST_DEBOUNCE, WINDOW, Reading
from esante.home_care.ports import Alert, DuePatient, Evaluation
from esante.store.adapters.resource_store import PostgresResources, PostgresTransaction
from socle.postgres import Connection, Pool, reachable

_READ: Final = """
SELECT r.content FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked(type, id, place)
LEFT JOIN resource r ON r.type = asked.type AND r.id = asked.id ORDER BY place"""
# The rows are locked in one order: replicas never wait for each other in a circle.
_DUE: Final = """
INSERT INTO home_care_patient (patient, due, changed)
SELECT DISTINCT patient, $2::timestamptz + $3::interval, $2::timestamptz
FROM unnest($1::text[]) AS patient ORDER BY patient
ON CONFLICT (patient) DO UPDATE SET
    changed = coalesce(home_care_patient.changed, excluded.changed),
    due = least(excluded.due, home_care_patient.changed + $4::interval)"""
_LIST_PATIENTS: Final = """
SELECT DISTINCT r.patient FROM home_care_reading r
JOIN unnest($1::text[], $2::text[]) AS changed(type, id) USING (type, id)"""
_FORGET: Final = """
DELETE FROM home_care_reading r USING unnest($1::text[], $2::text[]) AS changed(type, id)
WHERE r.type = changed.type AND r.id = changed.id"""
_ADD: Final = """
INSERT INTO home_care_reading (type, id, input, patient, at, value, refused, received)
SELECT *, $8::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],
    $5::timestamptz[], $6::numeric[], $7::text[])
ON CONFLICT (type, id, input) DO UPDATE SET patient = excluded.patient, at = excluded.at,
    value = excluded.value, refused = excluded.refused, received = excluded.received"""
_LIST_DUE: Final = """
SELECT patient, due, xmin::text FROM home_care_patient WHERE due <= $1 ORDER BY due LIMIT $2"""
# A row that another replica holds is evaluated by it.
_POSTPONE: Final = """
WITH unchanged AS (
    SELECT p.patient, u.due
    FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS u(patient, version, due)
    JOIN home_care_patient p ON p.patient = u.patient AND p.xmin::text = u.version
    ORDER BY p.patient FOR UPDATE OF p SKIP LOCKED
)
UPDATE home_care_patient p SET due = u.due, changed = NULL
FROM unchanged u WHERE p.patient = u.patient"""
_TAKE: Final = """
SELECT CASE WHEN notified_on = $2::date THEN notified ELSE 0 END AS notified
FROM home_care_patient WHERE patient = $1 AND due <= $3 FOR UPDATE SKIP LOCKED"""
_PRUNE: Final = "DELETE FROM home_care_reading WHERE patient = $1 AND at < $2 AND input <> $3"
_READINGS: Final = """
SELECT * FROM (
    SELECT type, id, input, patient, at, value, refused, received FROM home_care_reading
    WHERE patient = $1 ORDER BY (input = 'circle') DESC, at DESC LIMIT 20000
) newest ORDER BY at, type, id"""
_ALERTS: Final = """
SELECT rule, state, episode, since, message, written, notified
FROM home_care_alert WHERE patient = $1"""
_STORE: Final = """
INSERT INTO home_care_alert (patient, rule, state, episode, since, message, written, notified)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (patient, rule) DO UPDATE SET state = excluded.state, episode = excluded.episode,
    since = excluded.since, message = excluded.message, written = excluded.written,
    notified = excluded.notified"""
_FINISH: Final = """
UPDATE home_care_patient SET due = $2, changed = NULL, notified_on = $3, notified = $4
WHERE patient = $1"""


class PostgresHomeCare:
    """`resources`: the store in whose transactions alerts are written."""

    def __init__(self, pool: Pool, resources: PostgresResources) -> None:
        self._pool, self._resources = pool, resources

    async def read_current(self, identities: Sequence[tuple[str, str]]) -> Sequence[bytes | None]:
        with reachable():
            rows = await self._pool.fetch(_READ, *zip(*identities, strict=True))
        return [None if row["content"] is None else row["content"].encode() for row in rows]

    async def record(
        self, identities: Sequence[tuple[str, str]], readings: Sequence[Reading], now: datetime
    ) -> None:
        with reachable():
            async with self._pool.acquire() as connection, connection.transaction():
                changed = tuple(zip(*identities, strict=True))
                rows = await connection.fetch(_LIST_PATIENTS, *changed)
                patients = {row["patient"] for row in rows} | {each.patient for each in readings}
                if not patients:
                    return
                # Their rows are locked first: nobody evaluates them until the end.
                await connection.execute(_DUE, sorted(patients), now, DEBOUNCE, LONGEST_DEBOUNCE)
                await connection.execute(_FORGET, *changed)
                if readings:
                    await connection.execute(_ADD, *_columns(readings), now)

    async def list_due(self, now: datetime, count: int) -> Sequence[DuePatient]:
        with reachable():
            return [DuePatient(*row) for row in await self._pool.fetch(_LIST_DUE, now, count)]

    async def read(self, patient: str) -> tuple[Sequence[Reading], dict[str, Alert]]:
        with reachable():
            async with self._pool.acquire() as connection:
                return await _read(connection, patient)

    async def postpone(self, reviews: Mapping[DuePatient, datetime]) -> int:
        rows = [(each.patient, each.version, review) for each, review in reviews.items()]
        with reachable():
            done = await self._pool.execute(_POSTPONE, *map(list, zip(*rows, strict=True)))
        return int(done.split()[-1])

    @asynccontextmanager
    async def evaluation(self, patient: str, now: datetime) -> AsyncIterator[Evaluation | None]:
        async with self._resources.transaction() as transaction:
            assert isinstance(transaction, PostgresTransaction)
            connection = transaction.connection
            taken = await connection.fetchrow(_TAKE, patient, now.date(), now)
            if taken is None:
                yield None
                return
            await connection.execute(_PRUNE, patient, now - WINDOW, CIRCLE)
            readings, alerts = await _read(connection, patient)
            evaluation = Evaluation(patient, readings, alerts, taken["notified"], transaction)
            yield evaluation
            await _finish(connection, evaluation, now)


async def _read(connection: Connection, patient: str) -> tuple[Sequence[Reading], dict[str, Alert]]:
    readings = [Reading(*row) for row in await connection.fetch(_READINGS, patient)]
    alerts = {row["rule"]: Alert(**row) for row in await connection.fetch(_ALERTS, patient)}
    return readings, alerts


async def _finish(connection: Connection, evaluation: Evaluation, now: datetime) -> None:
    for each in evaluation.changed:
        await connection.execute(
            _STORE,
            evaluation.patient,
            *(each.rule, each.state, each.episode, each.since, each.message),
            *(each.written, each.notified),
        )
    assert evaluation.review is not None
    await connection.execute(
        _FINISH, evaluation.patient, evaluation.review, now.date(), evaluation.notified
    )


def _columns(readings: Sequence[Reading]) -> list[list[object]]:
    rows: dict[tuple[str, str, str], asyncpg.Record | tuple[object, ...]] = {}
    for each in readings:
        rows[each.type, each.id, each.input] = (
            *(each.type, each.id, each.input, each.patient, each.at, each.value, each.refused),
        )
    return [list(column) for column in zip(*rows.values(), strict=True)]

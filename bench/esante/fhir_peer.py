"""A peer for the FHIR benchmark: resources as JSONB with one GIN index, FastAPI over asyncpg.

It answers only the requests that `bench.esante.fhir` sends. It does not authenticate callers,
validates nothing and supports no other search parameter.

`python -m bench.esante.fhir_peer PORT` serves it; `PEER_POSTGRES` is its database. `fill` copies
the resources of the service, on the same PostgreSQL.
"""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final
from uuid import uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI, Query, Request, Response

CONNECTIONS: Final = 12
"""To PostgreSQL, as many as the service's default."""
_FILL: Final = """
DROP TABLE IF EXISTS peer;
CREATE TABLE peer AS SELECT type, id, born, content::jsonb AS content FROM resource;
ALTER TABLE peer ADD PRIMARY KEY (type, id);
ALTER TABLE peer ALTER born SET DEFAULT nextval('resource_born');
CREATE INDEX ON peer (type, born);
CREATE INDEX ON peer USING gin (content jsonb_path_ops);
CREATE INDEX ON peer (substr(content #>> '{subject,reference}', 9)) WHERE type = 'Observation';
"""
_COLUMN: Final = "SELECT o.content::text FROM peer o"
_READ: Final = f"{_COLUMN} WHERE type = 'Patient' AND id = $1"
_BY_CODE: Final = (
    f"{_COLUMN} WHERE type = 'Observation' AND content @> $1 ORDER BY born DESC LIMIT 20"
)
_BY_DATE: Final = f"""{_COLUMN} WHERE type = 'Observation' AND content @> $1
AND content ->> 'effectiveDateTime' >= $2 ORDER BY content ->> 'effectiveDateTime' DESC LIMIT 20"""
_CHAINED: Final = f"""{_COLUMN}
JOIN peer p ON p.type = 'Patient' AND p.id = substr(o.content #>> '{{subject,reference}}', 9)
WHERE o.type = 'Observation' AND o.content @> $1 AND p.content @> $2
ORDER BY o.born DESC LIMIT 20"""
_HAS: Final = f"""{_COLUMN} WHERE o.type = 'Patient' AND EXISTS (
    SELECT FROM peer p WHERE p.type = 'Observation' AND p.content @> $1
    AND substr(p.content #>> '{{subject,reference}}', 9) = o.id)
ORDER BY o.born DESC LIMIT 20"""
_CREATE: Final = "INSERT INTO peer (type, id, content) VALUES ('Patient', $1, $2)"


async def fill(database: str) -> None:
    """Copy all resources of the service into an indexed table, with planner statistics."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_FILL)
        await connection.execute("VACUUM (ANALYZE) peer")
    finally:
        await connection.close()


async def drop(database: str) -> None:
    """Drop the table of the peer."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("DROP TABLE peer")
    finally:
        await connection.close()


@asynccontextmanager
async def _opened(app: FastAPI) -> AsyncIterator[None]:
    settings = {"plan_cache_mode": "force_custom_plan", "random_page_cost": "1.1"}
    async with asyncpg.create_pool(
        os.environ["PEER_POSTGRES"], max_size=CONNECTIONS, server_settings=settings
    ) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_opened)


@app.get("/readyz")
async def ready() -> dict[str, bool]:
    """The peer is ready once it answers."""
    return {"ready": True}


@app.get("/fhir/Patient/{own}")
async def read(own: str) -> Response:
    """Read one Patient by its id."""
    return _answer(await app.state.pool.fetchval(_READ, own))


@app.get("/fhir/Observation")
async def observations(
    code: str | None = None,
    patient: str | None = None,
    date: str = "",
    gender: Annotated[str | None, Query(alias="patient.gender")] = None,
) -> Response:
    """Search observations by code, by patient and date, or by code and the patient's gender."""
    if patient is not None:
        subject = json.dumps({"subject": {"reference": f"Patient/{patient}"}})
        return await _bundle(_BY_DATE, subject, date.removeprefix("ge"))
    if gender is not None:
        return await _bundle(_CHAINED, _coded(code), json.dumps({"gender": gender}))
    return await _bundle(_BY_CODE, _coded(code))


@app.get("/fhir/Patient")
async def patients(
    code: Annotated[str, Query(alias="_has:Observation:patient:code")],
) -> Response:
    """Search the patients who have an observation with that code."""
    return await _bundle(_HAS, _coded(code))


@app.post("/fhir/Patient", status_code=201)
async def create(request: Request) -> Response:
    """Create a Patient, stored as received."""
    text = (await request.body()).decode()
    await app.state.pool.execute(_CREATE, uuid4().hex, text)
    return _answer(text, 201)


def _coded(code: str | None) -> str:
    system, _, code_value = (code or "").partition("|")
    return json.dumps({"code": {"coding": [{"system": system, "code": code_value}]}})


async def _bundle(statement: str, *arguments: Any) -> Response:
    rows = await app.state.pool.fetch(statement, *arguments)
    entries = ",".join(f'{{"resource":{row[0]}}}' for row in rows)
    return _answer(f'{{"resourceType":"Bundle","type":"searchset","entry":[{entries}]}}')


def _answer(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="application/fhir+json")


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)

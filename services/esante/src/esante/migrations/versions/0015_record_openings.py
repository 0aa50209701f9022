"""The records that are open to professionals, and who created each resource."""

from typing import Final

from esante.access.adapters.opening_rows import OpeningRows
from esante.access.domain.open_records import patient_element
from esante.core.domain.json_parser import parse_json
from esante.search.domain.declared_compartments import DECLARED_TYPES
from esante.search.domain.indexing import patients_of
from socle.postgres import Connection, run_in_migration, run_sql

revision, down_revision = "0015", "0014"

# element: that of `refs` for the compartment of the patient. member: a reference, or an account.
# reasons: the sum of `open_records.CIRCLE`, …. via: the PractitionerRole that was resolved.
_TABLES: Final = """
CREATE TABLE record_opening (
    element bigint NOT NULL,
    member text COLLATE "C" NOT NULL,
    reasons smallint NOT NULL,
    starts timestamptz,
    ends timestamptz,
    source_type text NOT NULL,
    source_id text COLLATE "C" NOT NULL,
    via text
);
CREATE INDEX record_opening_member ON record_opening (member)
    INCLUDE (element, reasons, starts, ends);
CREATE INDEX record_opening_element ON record_opening (element) WHERE source_type = 'CareTeam';
CREATE INDEX record_opening_source ON record_opening (source_type, source_id);
CREATE TABLE record_provision (
    consent text COLLATE "C" PRIMARY KEY,
    element bigint NOT NULL,
    content text NOT NULL
);
CREATE INDEX record_provision_element ON record_provision (element);
ALTER TABLE resource ADD COLUMN IF NOT EXISTS author bigint;
CREATE INDEX IF NOT EXISTS resource_author ON resource (author)
    WHERE author IS NOT NULL AND patient = '{}';
"""
_STORED: Final = """
SELECT type, id, content FROM resource WHERE type = ANY($1) AND (type, id) > ($2, $3)
ORDER BY type, id LIMIT 200"""
_PLACE: Final = """
UPDATE resource SET patient = (
        SELECT array_agg(DISTINCT e) FROM unnest(patient || $3::text[]) AS e),
    refs = (SELECT array_agg(DISTINCT e) FROM unnest(refs || $4::bigint[]) AS e)
WHERE type = $1 AND id = $2"""
_TYPES: Final = ["CareTeam", "Consent"]


async def _open_stored_records(connection: Connection) -> None:
    """Add the rows of stored CareTeams and Consents. References by absolute addresses of this
    server count from their next version on, since a migration does not know its address."""
    rows, last = OpeningRows(""), ("", "")
    while found := await connection.fetch(_STORED, _TYPES, *last):
        for row in found:
            text = row["content"].encode()
            placed = patients_of(parse_json(text))
            await rows.add(connection, row["type"], row["id"], text, {}, placed)
        last = found[-1]["type"], found[-1]["id"]


async def _place_stored_resources(connection: Connection) -> None:
    """Place stored resources in the compartments that elements put them in, since R4 defines none
    for their types."""
    last = ("", "")
    while found := await connection.fetch(_STORED, sorted(DECLARED_TYPES), *last):
        for row in found:
            patients = patients_of(parse_json(row["content"].encode()))
            if patients:
                elements = [patient_element(each) for each in patients]
                await connection.execute(_PLACE, row["type"], row["id"], patients, elements)
        last = found[-1]["type"], found[-1]["id"]


def upgrade() -> None:
    run_sql(_TABLES)
    run_in_migration(_open_stored_records)
    run_in_migration(_place_stored_resources)

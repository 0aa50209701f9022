"""Resources, their versions, the index tables and the outbox."""

from typing import Final

from socle.outbox import DDL_V1
from socle.postgres import run_sql

revision, down_revision = "0001", None

# Types with a partition of their own; all others share resource_other.
FREQUENT: Final = (
    "AllergyIntolerance",
    "Appointment",
    "AuditEvent",
    "CarePlan",
    "CareTeam",
    "Claim",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "ExplanationOfBenefit",
    "Immunization",
    "Location",
    "MedicationRequest",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
)

# born: the order of creation. self, tokens, refs: keys of store/domain/index_keys.py. patient: the
# ids of the Patient compartments. date_low, date_high: the main date of the type. pair: links the
# values of one composite. low, high: a range [low, high), NULL is an open end.
_TABLES: Final = """
CREATE SEQUENCE resource_born;
CREATE TABLE resource (
    type text NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    updated timestamptz NOT NULL,
    born bigint NOT NULL DEFAULT nextval('resource_born'),
    self bigint NOT NULL,
    patient text[] NOT NULL,
    date_low timestamptz,
    date_high timestamptz,
    tokens bigint[] NOT NULL,
    refs bigint[] NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (type, id)
) PARTITION BY LIST (type);
CREATE TABLE version (
    type text NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    updated timestamptz NOT NULL,
    interaction text NOT NULL,
    content text,
    PRIMARY KEY (type, id, version)
);
CREATE INDEX version_updated ON version (type, updated DESC, id, version);
CREATE TABLE string_value (
    type text NOT NULL,
    parameter text NOT NULL,
    folded text COLLATE "C" NOT NULL,
    exact text NOT NULL,
    id text COLLATE "C" NOT NULL
);
CREATE TABLE uri_value (
    type text NOT NULL,
    parameter text NOT NULL,
    value text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL
);
CREATE TABLE date_value (
    type text NOT NULL,
    parameter text NOT NULL,
    low timestamptz,
    high timestamptz,
    pair bigint NOT NULL,
    id text COLLATE "C" NOT NULL
);
CREATE TABLE quantity_value (
    type text NOT NULL,
    parameter text NOT NULL,
    low numeric,
    high numeric,
    value numeric,
    unit bigint NOT NULL,
    pair bigint NOT NULL,
    id text COLLATE "C" NOT NULL
);
CREATE INDEX string_value_of ON string_value (type, id);
CREATE INDEX uri_value_of ON uri_value (type, id);
CREATE INDEX date_value_of ON date_value (type, id);
CREATE INDEX quantity_value_of ON quantity_value (type, id);
"""

# Without a pending list (fastupdate), which a single write would have to merge when it is full.
_PARTITION: Final = """
CREATE TABLE {table} PARTITION OF resource {values};
CREATE INDEX {table}_tokens ON {table} USING gin (tokens) WITH (fastupdate = off);
CREATE INDEX {table}_refs ON {table} USING gin (refs) WITH (fastupdate = off);
CREATE INDEX {table}_born ON {table} (born);
CREATE INDEX {table}_date ON {table} (date_low DESC, born);
CREATE INDEX {table}_self ON {table} (self);
"""


def upgrade() -> None:
    run_sql(DDL_V1)
    run_sql(_TABLES)
    for name in FREQUENT:
        run_sql(
            _PARTITION.format(table=f"resource_{name.lower()}", values=f"FOR VALUES IN ('{name}')")
        )
    run_sql(_PARTITION.format(table="resource_other", values="DEFAULT"))

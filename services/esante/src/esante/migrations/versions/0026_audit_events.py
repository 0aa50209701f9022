"""AuditEvents are written by hundreds: their keys enter the indexes together, and whether a
subscription follows them is looked up for each batch."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0026", "0025"

# Each has some fifty keys, most of which others have too. A search reads the pending list as well,
# so it is short: that of some 800 AuditEvents.
_INDEXES: Final = """
ALTER INDEX resource_auditevent_tokens SET (fastupdate = on, gin_pending_list_limit = 1024);
ALTER INDEX resource_auditevent_refs SET (fastupdate = on, gin_pending_list_limit = 256);
CREATE INDEX IF NOT EXISTS subscription_of_audit_events ON subscription (id)
    WHERE status NOT IN ('off', 'deleted') AND criteria LIKE 'AuditEvent%'"""


def upgrade() -> None:
    run_sql(_INDEXES)

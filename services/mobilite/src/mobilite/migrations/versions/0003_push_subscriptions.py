"""Browsers that are notified of the changes of a journey.

The columns are documented at `PushSubscription`. `endpoint_digest` is the SHA-256 of the endpoint,
which is too long for an index. `replica` has the lease of the row until `leased_until`, by the
database's clock. What is deleted here is in no other table.
"""

from socle.postgres import run_sql

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    run_sql("""
        CREATE TABLE push_subscription (
            id text PRIMARY KEY,
            journey_id text NOT NULL,
            language text NOT NULL CHECK (language IN ('fr', 'en')),
            endpoint text NOT NULL,
            endpoint_digest bytea NOT NULL,
            p256dh text NOT NULL,
            auth text NOT NULL,
            until timestamptz NOT NULL,
            notified jsonb NOT NULL,
            replica text,
            leased_until timestamptz NOT NULL,
            UNIQUE (endpoint_digest, journey_id)
        );
        CREATE INDEX push_subscription_by_lease ON push_subscription (leased_until);
        CREATE INDEX push_subscription_by_end ON push_subscription (until);
    """)

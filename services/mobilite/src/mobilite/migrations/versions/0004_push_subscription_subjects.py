"""Browsers are notified of lines and stops too, once their push service has accepted a message.

The columns are documented at `PushSubscription`. `added` is by the platform's clock. Who subscribed
before counts as confirmed.
"""

from socle.postgres import run_sql

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    run_sql("""
        ALTER TABLE push_subscription RENAME COLUMN journey_id TO subject_id;
        ALTER TABLE push_subscription
            ADD COLUMN subject_type text NOT NULL DEFAULT 'journey'
                CHECK (subject_type IN ('journey', 'route', 'stop')),
            ADD COLUMN days smallint[] CHECK (days <@ '{1,2,3,4,5,6,7}'),
            ADD COLUMN start_minute smallint CHECK (start_minute BETWEEN 0 AND 1439),
            ADD COLUMN end_minute smallint CHECK (end_minute BETWEEN 1 AND 1440),
            ADD COLUMN confirmed boolean NOT NULL DEFAULT true,
            ADD COLUMN added timestamptz NOT NULL DEFAULT now(),
            ADD CHECK ((subject_type = 'journey') = (days IS NULL)),
            ADD CHECK ((days IS NULL) = (start_minute IS NULL)),
            ADD CHECK ((days IS NULL) = (end_minute IS NULL)),
            DROP CONSTRAINT push_subscription_endpoint_digest_journey_id_key,
            ADD UNIQUE (endpoint_digest, subject_type, subject_id);
        ALTER TABLE push_subscription
            ALTER COLUMN subject_type DROP DEFAULT,
            ALTER COLUMN confirmed DROP DEFAULT,
            ALTER COLUMN added DROP DEFAULT;
        CREATE INDEX push_subscription_unconfirmed ON push_subscription (added)
            WHERE NOT confirmed;
    """)

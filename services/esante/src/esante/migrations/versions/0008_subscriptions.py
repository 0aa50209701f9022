"""Subscriptions and the events that their subscribers are notified of."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0008", "0007"

# revision: of the last change of what is matched, in the order of commits. started: the instant of
# the version that was accepted; earlier changes are not events. delivered: the number of the last
# event that needs no delivery any more. due: when something is to be sent; infinity: nothing.
_TABLES: Final = """
CREATE SEQUENCE subscription_revision;
CREATE TABLE subscription (
    id text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    status text NOT NULL,
    activated boolean NOT NULL,
    started timestamptz NOT NULL,
    author jsonb NOT NULL,
    criteria text NOT NULL,
    topic text,
    endpoint text NOT NULL,
    origin text NOT NULL,
    headers text[] NOT NULL,
    payload text,
    content text,
    heartbeat integer,
    timeout integer,
    max_count integer NOT NULL,
    ends timestamptz,
    events bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    error text,
    due timestamptz NOT NULL,
    replica text,
    leased_until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX subscription_by_revision ON subscription (revision);
CREATE INDEX subscription_due ON subscription (due) WHERE due < 'infinity';
CREATE INDEX subscription_ends ON subscription (ends) WHERE ends IS NOT NULL;
CREATE INDEX subscription_account ON subscription ((author ->> 'account'));
CREATE TABLE subscription_event (
    subscription text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    type text NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    interaction text NOT NULL,
    at timestamptz NOT NULL,
    added timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subscription, number),
    UNIQUE (subscription, type, id, version)
);
CREATE INDEX subscription_event_added ON subscription_event (added);
"""


def upgrade() -> None:
    run_sql(_TABLES)

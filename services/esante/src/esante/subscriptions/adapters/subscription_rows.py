"""The rows of subscriptions, written in the transaction of each version of a Subscription."""

from typing import Any, Final

from esante.core.domain.permissions import Author
from esante.store.ports import Change
from esante.subscriptions.domain.channel_headers import restore_redacted
from esante.subscriptions.domain.subscription import (
    SUBSCRIPTION,
    Channel,
    Registration,
    Subscription,
    Transition,
    lasting_author,
)
from socle.errors import Refusal
from socle.http import origin_of
from socle.postgres import Connection

# Revisions become visible in their order: a matcher that has read one has read those before.
_ORDERED = "SELECT pg_advisory_xact_lock(hashtextextended('esante.subscription', 0))"
_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended('esante.subscription', 0))"
_FOLLOWED = """
SELECT EXISTS (SELECT FROM subscription
    WHERE status NOT IN ('off', 'deleted') AND criteria LIKE 'AuditEvent%')"""
_FIND = "SELECT endpoint, headers, status, author FROM subscription WHERE id = $1 FOR UPDATE"
_COUNT = """
SELECT count(*) FILTER (WHERE author ->> 'account' = $1) AS of_account,
    count(*) FILTER (WHERE author ->> 'account' = $1 AND unindexed) AS unindexed,
    count(*) FILTER (WHERE author ->> 'account' = $1 AND endpoint = '') AS streams,
    count(*) AS of_platform
FROM subscription WHERE status NOT IN ('off', 'deleted') AND id <> $2"""
_WRITE = """
INSERT INTO subscription AS s (id, revision, status, activated, started, author, criteria, topic,
    endpoint, origin, headers, payload, content, heartbeat, timeout, max_count, ends,
    unindexed, due)
VALUES ($1, nextval('subscription_revision'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
    $14, $15, $16, $17, CASE WHEN $8 = '' THEN timestamptz 'infinity' ELSE now() END)
ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, status = excluded.status,
    activated = excluded.activated OR (s.activated AND s.endpoint = excluded.endpoint),
    started = CASE WHEN s.status IN ('off', 'deleted') THEN excluded.started ELSE s.started END,
    author = excluded.author, criteria = excluded.criteria, topic = excluded.topic,
    endpoint = excluded.endpoint, origin = excluded.origin, headers = excluded.headers,
    payload = excluded.payload, content = excluded.content, heartbeat = excluded.heartbeat,
    timeout = excluded.timeout, max_count = excluded.max_count, ends = excluded.ends,
    unindexed = excluded.unindexed, failures = 0, failing_since = NULL, error = NULL,
    delivered = CASE WHEN excluded.endpoint = '' THEN s.events ELSE s.delivered END,
    due = excluded.due"""
_STOP = """
UPDATE subscription SET revision = nextval('subscription_revision'), status = $2,
    activated = false, headers = $3, delivered = events, failures = 0, failing_since = NULL,
    error = $4, due = 'infinity' WHERE id = $1"""
_DELETE = """
UPDATE subscription SET revision = nextval('subscription_revision'), status = 'deleted',
    started = now(), activated = false, headers = '{}', endpoint = '', events = 0, delivered = 0,
    failures = 0, failing_since = NULL, error = NULL, due = 'infinity' WHERE id = $1"""
_DELETE_EVENTS = "DELETE FROM subscription_event WHERE subscription = $1"
_DELETE_WAITING = """
DELETE FROM subscription_event e USING subscription s
WHERE s.id = $1 AND e.subscription = s.id AND e.number > s.delivered"""
_CHANGE_STATUS = """
UPDATE subscription SET status = $2, error = $3, activated = activated OR $2 = 'active',
    revision = CASE WHEN activated THEN revision ELSE nextval('subscription_revision') END
WHERE id = $1"""

_OF_ACCOUNT: Final = 1_000
_UNINDEXED_OF_ACCOUNT: Final = 50
_STREAMS_OF_RECORD: Final = 10
"""Event streams of an account whose permissions are restricted to a patient's record."""
_OF_PLATFORM: Final = 100_000
"""Subscriptions that are not off."""


def author_of(stored: dict[str, Any]) -> Author:
    """The author in the column `author`."""
    return Author(
        stored["account"],
        stored["role"],
        frozenset(stored["scopes"]),
        stored["patient"],
        stored.get("fhir_user"),
        stored.get("organisation"),
        frozenset(stored.get("professions", ())),
    )


async def follows_audit_events(connection: Connection) -> bool:
    """Whether a subscription that is not off selects AuditEvents. One that is written meanwhile
    waits for the end of the caller's transaction: it selects what is committed afterwards."""
    await connection.execute(_SHARED)
    return bool(await connection.fetchval(_FOLLOWED))


class SubscriptionRows:
    """Implements `AttachedRows` for the type Subscription."""

    def concern(self, change: Change) -> bool:
        """Every change of that type has rows."""
        return True

    async def write(self, connection: Connection, change: Change) -> None:
        """Raises Refusal: "too_many" beyond the limits of an account or of the platform, rule
        `unprocessable` for a change by another than the author."""
        await connection.execute(_ORDERED)
        match change.attached:
            case None:
                await connection.execute(_DELETE, change.id)
                await connection.execute(_DELETE_EVENTS, change.id)
            case Transition(status="off", error=error):
                await _stop(connection, change.id, None, error)
            case Transition(status=status, error=error):
                await connection.execute(_CHANGE_STATUS, change.id, status, error)
            case Registration():
                await _register(connection, change, change.attached)
            case _:
                raise TypeError(type(change.attached))


async def _register(connection: Connection, change: Change, registration: Registration) -> None:
    row = await connection.fetchrow(_FIND, change.id)
    same = row is not None and row["endpoint"] == registration.endpoint
    headers = restore_redacted(registration.headers, row["headers"] if row and same else ())
    subscription, author = registration.subscription, registration.author
    if row is not None and row["status"] != "deleted":
        stored = author_of(row["author"])
        author = lasting_author(registration, stored, was_off=row["status"] == "off")
    if subscription is None and row is not None:
        await connection.execute(
            "UPDATE subscription SET endpoint = $2 WHERE id = $1", change.id, registration.endpoint
        )
        await _stop(connection, change.id, headers, None)
        return
    if subscription is not None:
        await _check_limits(connection, change.id, author.account, subscription)
    channel = Channel("") if subscription is None else subscription.channel
    await connection.execute(
        _WRITE,
        change.id,
        registration.status,
        registration.status == "active",
        change.updated,
        _author_json(author),
        "" if subscription is None else subscription.criteria,
        None if subscription is None else subscription.topic,
        registration.endpoint,
        "{}://{}:{}".format(*origin_of(registration.endpoint)),
        headers,
        channel.payload,
        channel.content,
        channel.heartbeat,
        channel.timeout,
        channel.max_count,
        None if subscription is None else subscription.ends,
        subscription is not None and subscription.unindexed,
    )
    if subscription is None:
        await _stop(connection, change.id, headers, None)


async def _stop(
    connection: Connection, subscription_id: str, headers: Any, error: str | None
) -> None:
    """Turn it off: nothing waits any more. `headers`: None leaves the stored ones."""
    await connection.execute(_DELETE_WAITING, subscription_id)
    if headers is None:
        row = await connection.fetchrow(_FIND, subscription_id)
        headers = [] if row is None else row["headers"]
    await connection.execute(_STOP, subscription_id, "off", headers, error)


async def _check_limits(
    connection: Connection, subscription_id: str, account: str, subscription: Subscription
) -> None:
    row = await connection.fetchrow(_COUNT, account, subscription_id)
    assert row is not None
    if row["of_account"] >= _OF_ACCOUNT:
        raise Refusal(
            "too_many",
            f"Vous avez déjà {_OF_ACCOUNT} abonnements : supprimez-en avant d'en ajouter.",
        )
    if subscription.of_record and row["streams"] >= _STREAMS_OF_RECORD:
        raise Refusal(
            "too_many",
            f"Vous avez déjà {_STREAMS_OF_RECORD} abonnements par flux : supprimez-en avant d'en"
            " ajouter.",
        )
    if subscription.unindexed and row["unindexed"] >= _UNINDEXED_OF_ACCOUNT:
        raise Refusal(
            "too_many",
            f"Vous avez déjà {_UNINDEXED_OF_ACCOUNT} abonnements essayés à chaque changement :"
            " précisez les critères par un patient ou un code.",
            expression=[f"{SUBSCRIPTION}.criteria"],
        )
    if row["of_platform"] >= _OF_PLATFORM:
        raise Refusal("unavailable", "Trop d'abonnements sont ouverts ; réessayez plus tard.")


def _author_json(author: Author) -> dict[str, Any]:
    return {
        "account": author.account,
        "role": author.role,
        "scopes": sorted(author.scopes),
        "patient": author.patient,
        "fhir_user": author.fhir_user,
        "organisation": author.organisation,
        "professions": sorted(author.professions),
    }

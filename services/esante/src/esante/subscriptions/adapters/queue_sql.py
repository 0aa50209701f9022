"""The statements of the queues of subscriptions."""

# A snapshot: a subscription that was stored before one of these versions is counted in `revision`.
# `content` is returned for the first ones, whose texts are $4 bytes together; one at least. Each is
# found by its key: OFFSET 0 keeps the planner from joining whole tables.
READ_VERSIONS = """
WITH sized AS MATERIALIZED (
    SELECT w.place, v.content, r.tokens, r.refs,
        sum(coalesce(octet_length(v.content), 0)) OVER (ORDER BY w.place) AS bytes
    FROM unnest($1::text[], $2::text[], $3::integer[])
            WITH ORDINALITY AS w(type, id, version, place)
        LEFT JOIN LATERAL (
            SELECT content FROM version
            WHERE type = w.type AND id = w.id AND version = w.version OFFSET 0
        ) v ON true
        LEFT JOIN LATERAL (
            SELECT tokens, refs FROM resource
            WHERE type = w.type AND id = w.id AND version = w.version OFFSET 0
        ) r ON true
)
SELECT content, tokens, refs, (SELECT coalesce(max(revision), 0) FROM subscription) AS revision
FROM sized WHERE place = 1 OR bytes <= $4 ORDER BY place"""
GET_REVISION = "SELECT coalesce(max(revision), 0) FROM subscription"
LIST_CHANGED = """
SELECT id, revision, criteria, author, activated AND status NOT IN ('off', 'deleted') AS matched
FROM subscription WHERE revision > $1 ORDER BY revision LIMIT $2"""
# Rows are locked in one order, which avoids deadlocks. An event that is there already was added by
# the same record, handled before: it is not counted twice. A subscription that has changed receives
# none of them, so that a later one never comes first. While a subscriber fails, `due` stays.
# Nothing is due of one without endpoint, an event stream: its subscriber reads the events.
# `place`: of an event in $4 to $8, from 1.
ADD_EVENTS = """
WITH matched AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS m(subscription, revision, place)
),
event AS (
    SELECT * FROM unnest($4::text[], $5::text[], $6::integer[], $7::text[], $8::timestamptz[])
        WITH ORDINALITY AS e(type, id, version, interaction, at, place)
),
locked AS MATERIALIZED (
    SELECT id AS subscription, revision, started, ends, events, delivered FROM subscription
    WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE
),
changed AS (
    SELECT DISTINCT subscription FROM matched m JOIN locked l USING (subscription)
    WHERE m.revision <> l.revision
),
added AS MATERIALIZED (
    SELECT l.subscription, l.delivered, e.*,
        l.events + row_number() OVER (PARTITION BY l.subscription ORDER BY e.place) AS number
    FROM matched m JOIN locked l USING (subscription) JOIN event e USING (place)
    WHERE l.subscription NOT IN (SELECT subscription FROM changed)
        AND l.started <= e.at AND (l.ends IS NULL OR l.ends > e.at) AND NOT EXISTS (
        SELECT FROM subscription_event x WHERE x.subscription = l.subscription
            AND x.type = e.type AND x.id = e.id AND x.version = e.version)
),
counted AS (
    UPDATE subscription s SET events = a.events,
        delivered = CASE WHEN s.endpoint = '' THEN a.events ELSE s.delivered END,
        due = CASE WHEN s.failures > 0 OR s.endpoint = '' THEN s.due ELSE least(s.due, now()) END
    FROM (SELECT subscription, max(number) AS events FROM added GROUP BY subscription) a
    WHERE s.id = a.subscription
),
stored AS (
    INSERT INTO subscription_event (subscription, number, type, id, version, interaction, at)
    SELECT subscription, number, type, id, version, interaction, at FROM added
    WHERE number - delivered <= $9
)
SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM changed) AS changed"""
# Those of one origin are bounded, so that one that hangs delays no other. Accounts take turns there
# and one alone has no more than $11 places: anybody can name somebody else's origin. Then those of
# one account are bounded, of which those that fail apart; then all that fail. $3 to $5: those that
# run already. Rows that another replica is acquiring are skipped.
# The first ones of each pair of origin and account are read from `subscription_due_by_account`,
# however many wait behind them.
ACQUIRE = """
WITH RECURSIVE running AS (
    SELECT * FROM unnest($3::text[], $4::text[], $5::boolean[]) AS r(origin, account, failing)
),
pair AS (
    (SELECT origin, author ->> 'account' AS account FROM subscription
    WHERE due < 'infinity' ORDER BY origin, author ->> 'account' LIMIT 1)
    UNION ALL
    SELECT following.* FROM pair p CROSS JOIN LATERAL (
        SELECT origin, author ->> 'account' FROM subscription
        WHERE due < 'infinity' AND (origin, author ->> 'account') > (p.origin, p.account)
        ORDER BY origin, author ->> 'account' LIMIT 1
    ) following
),
due_now AS (
    SELECT p.origin, p.account, s.id, s.due, f.failing
    FROM pair p CROSS JOIN (VALUES (false), (true)) AS f(failing)
        CROSS JOIN LATERAL (
            SELECT id, due FROM subscription
            WHERE due < 'infinity' AND origin = p.origin AND author ->> 'account' = p.account
                AND due <= now() AND leased_until < now() AND (failures > 0) = f.failing
            ORDER BY due LIMIT $11::bigint
        ) s
    WHERE NOT f.failing OR $6::bigint > 0
),
in_turn AS (
    SELECT d.*, coalesce(taken, 0)
        + row_number() OVER (PARTITION BY origin, account ORDER BY due) AS turn
    FROM due_now d
        LEFT JOIN (SELECT origin, account, count(*) AS taken FROM running
            GROUP BY origin, account) r USING (origin, account)
),
of_origin AS (
    SELECT *, row_number() OVER (PARTITION BY origin ORDER BY turn, due) AS place
    FROM in_turn WHERE turn <= $11::bigint
),
of_account AS (
    SELECT id, due, account, failing,
        row_number() OVER (PARTITION BY account, failing ORDER BY due) AS place
    FROM of_origin
        LEFT JOIN (SELECT origin, count(*) AS taken FROM running GROUP BY origin) r USING (origin)
    WHERE place + coalesce(taken, 0) <= $7
),
of_failing AS (
    SELECT id, due, failing, row_number() OVER (PARTITION BY failing ORDER BY due) AS place
    FROM of_account
        LEFT JOIN (SELECT account, failing, count(*) AS taken FROM running
            GROUP BY account, failing) r USING (account, failing)
    WHERE place + coalesce(taken, 0) <= CASE WHEN failing THEN $9::bigint ELSE $8::bigint END
),
candidate AS (
    SELECT id FROM of_failing WHERE NOT failing OR place <= $6 ORDER BY due LIMIT $10
)
UPDATE subscription SET replica = $1, leased_until = clock_timestamp() + $2::interval
WHERE id IN (
    SELECT id FROM subscription WHERE id IN (SELECT id FROM candidate)
        AND due <= clock_timestamp() AND leased_until < clock_timestamp()
    FOR UPDATE SKIP LOCKED
)
RETURNING *"""
WAKE_ENDED = """
UPDATE subscription SET due = now()
WHERE ends <= $1 AND due > now() AND status NOT IN ('off', 'deleted')"""
LIST_EVENTS = """
SELECT w.place, e.* FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::integer[])
        WITH ORDINALITY AS w(subscription, after, until, count, place)
    CROSS JOIN LATERAL (
        SELECT number, type, id, version, interaction, at FROM subscription_event
        WHERE subscription = w.subscription AND number > w.after
            AND (w.until IS NULL OR number <= w.until)
        ORDER BY number LIMIT w.count
    ) e
ORDER BY w.place, e.number"""
# Rows are locked in one order. Nothing but heartbeats is due once every event is delivered: the
# lease ends too.
RECORD = """
WITH recorded AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[])
        AS r(subscription, replica, number, sent)
),
locked AS MATERIALIZED (
    SELECT s.id, s.events > greatest(s.delivered, r.number) AS more, r.number, r.sent
    FROM subscription s JOIN recorded r ON s.id = r.subscription AND s.replica = r.replica
    WHERE s.status NOT IN ('off', 'deleted') ORDER BY s.id FOR UPDATE OF s
)
UPDATE subscription s SET delivered = greatest(s.delivered, l.number),
    failures = CASE WHEN l.sent THEN 0 ELSE s.failures END,
    failing_since = CASE WHEN l.sent THEN NULL ELSE s.failing_since END,
    error = CASE WHEN l.sent THEN NULL ELSE s.error END,
    due = CASE WHEN l.more THEN s.due
        ELSE coalesce(now() + s.heartbeat * interval '1 second', 'infinity') END,
    leased_until = CASE WHEN l.more
        THEN clock_timestamp() + $5::interval ELSE '-infinity' END
FROM locked l WHERE s.id = l.id
RETURNING s.id, l.more"""
RECORD_FAILURE = """
UPDATE subscription SET failures = failures + 1, failing_since = coalesce(failing_since, $5),
    error = $3, due = clock_timestamp() + $4::interval, leased_until = '-infinity'
WHERE id = $1 AND replica = $2 AND status NOT IN ('off', 'deleted')"""
RELEASE = """
UPDATE subscription SET replica = NULL, leased_until = '-infinity'
WHERE replica = $1 AND ($2::text IS NULL OR id = $2)"""
FIND_STATE = """
SELECT topic, content, status, events, delivered, failures, error FROM subscription
WHERE id = $1 AND status <> 'deleted'"""
LIST_STREAMS = """
SELECT id, status, topic, content, author ->> 'account' AS account, started, events
FROM subscription WHERE id = ANY ($1) AND endpoint = '' AND status <> 'deleted'"""
TIDY = (
    "DELETE FROM subscription_event WHERE added < now() - $1::interval",
    "DELETE FROM subscription WHERE status = 'deleted' AND started < now() - $1::interval",
)
TIDY_STREAMS = """
DELETE FROM subscription_event e USING subscription s
WHERE s.endpoint = '' AND e.subscription = s.id AND e.number <= s.events - $1"""
MEASURE = """
SELECT status, count(*) AS subscriptions, sum(events - delivered) AS waiting
FROM subscription WHERE status <> 'deleted' GROUP BY status"""

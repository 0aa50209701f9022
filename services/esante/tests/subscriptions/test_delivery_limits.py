"""How many subscriptions one account has, and how many of them are delivered at once."""

from collections import Counter
from datetime import timedelta

import pytest
from subscription_world import SubscriptionWorld, TestSubscriber, subscription

from esante.subscriptions.adapters.subscription_queue import PostgresSubscriptionQueue
from esante.subscriptions.ports import Limits
from socle.postgres import open_pool

# Of one account: $1 subscriptions with so many failures, each with an endpoint's server of its own.
ADD = """
INSERT INTO subscription (id, revision, status, activated, started, author, criteria, endpoint,
    origin, headers, max_count, failures, due)
SELECT $2 || '-' || n, nextval('subscription_revision'), 'active', true, now(), jsonb_build_object(
    'account', $2::text, 'role', 'professional', 'scopes', '[]'::jsonb, 'patient', null),
    'Patient?', 'https://x', 'https://' || n || '.' || $2, '{}', 1, $3, now() - $4::interval
FROM generate_series(1, $1) n"""
LIMITS = Limits(
    at_once=10,
    of_origin=2,
    of_origin_and_account=2,
    of_account=4,
    failing=3,
    failing_of_account=2,
)


async def test_one_account_leaves_places_to_the_others(postgres_url: str) -> None:
    async with open_pool(postgres_url, application_name="limits") as pool:
        queue = PostgresSubscriptionQueue(pool)
        # What one account has was due first: endpoints that hang or fail, each of another name.
        for account, number, failures, age in (
            ("greedy", 20, 0, 4),
            ("greedy-dead", 20, 1, 3),
            ("other-dead", 20, 1, 2),
            ("small", 2, 0, 1),
        ):
            await pool.execute(ADD, number, account, failures, timedelta(seconds=age))
        running = list(await queue.acquire("r", [], LIMITS))
        found = Counter(each.author.account for each in running)
        assert found == {"greedy": 4, "greedy-dead": 2, "other-dead": 1, "small": 2}
        # Those that run count: no account, and not those that fail together, get more.
        assert await queue.acquire("r", running, LIMITS) == []
        dead = [each for each in running if each.author.account != "greedy-dead"]
        again = await queue.acquire("r", dead, LIMITS)
        assert Counter(each.author.account for each in again) == {"greedy-dead": 2}


async def test_accounts_share_the_places_of_an_origin(postgres_url: str) -> None:
    limits = Limits(
        at_once=100,
        of_origin=8,
        of_origin_and_account=6,
        of_account=100,
        failing=100,
        failing_of_account=100,
    )
    async with open_pool(postgres_url, application_name="limits") as pool:
        queue = PostgresSubscriptionQueue(pool)
        for account, number, age in (("attacker", 20, 4), ("owner", 3, 1)):
            await pool.execute(ADD, number, account, 0, timedelta(seconds=age))
        await pool.execute("UPDATE subscription SET origin = 'https://owner.example.org:443'")
        await pool.execute("UPDATE subscription SET due = due + interval '1h' WHERE id ~ 'owner'")
        running = list(await queue.acquire("r", [], limits))
        assert Counter(each.author.account for each in running) == {"attacker": 6}
        await pool.execute("UPDATE subscription SET due = due - interval '1h' WHERE id ~ 'owner'")
        late = await queue.acquire("r", running, limits)
        assert [each.author.account for each in late] == ["owner", "owner"]
        # With one place more, it is the turn of the account that has fewer.
        running = [*running[1:], *late]
        late = await queue.acquire("r", running, limits)
        assert [each.author.account for each in late] == ["owner"]


async def test_one_account_has_few_subscriptions_that_every_change_is_tried_with(
    world: SubscriptionWorld, subscriber: TestSubscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "esante.subscriptions.adapters.subscription_rows"
    monkeypatch.setattr(f"{rows}._UNINDEXED_OF_ACCOUNT", 1)
    monkeypatch.setattr(f"{rows}._OF_ACCOUNT", 3)
    first = await world.subscribe(subscriber.address, "Observation?date=ge2026-01-01")
    for criteria, account, status in (
        ("Patient?", "p", 429),
        ("Observation?code=a,b", "p", 201),
        ("Patient?", "other", 201),
        ("Observation?patient=1", "p", 201),
        ("Observation?patient=2", "p", 429),
    ):
        one = subscription(subscriber.address, criteria)
        answer = await world.fhir.send("POST", "/Subscription", one, account=account)
        assert answer.status == status, criteria
    again = subscription(subscriber.address, "Observation?date=ge2026-02-01") | {"id": first}
    assert (await world.fhir.send("PUT", f"/Subscription/{first}", again)).status == 200

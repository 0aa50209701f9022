"""A subscription counts once the push service of its browser has accepted a first message."""

import pytest
from boards import update
from replicas import Replicas

from socle.testing import until

T8, T9 = (f'trip_id: "{trip}" start_date: "20260302"' for trip in ("t8", "t9"))
CANCELED = "schedule_relationship: CANCELED"
COPIES = """
INSERT INTO push_subscription
SELECT (jsonb_populate_record(stored, jsonb_build_object(
    'id', stored.id || n, 'endpoint_digest', sha256(n::text::bytea), 'confirmed', $2::boolean,
    'replica', 'other', 'leased_until', 'infinity'
))).* FROM push_subscription stored, generate_series(1, $1::int) n
"""


async def test_a_journey_is_confirmed_by_a_first_message(replicas: Replicas) -> None:
    await replicas.subscribe()
    (first,) = replicas.service.confirmations
    assert first.content == {
        "journey": replicas.journey_id,
        "title": "Bourg → Hôpital",
        "body": "C'est noté : ce qui change à ce trajet vous sera annoncé ici.",
        "lang": "fr",
    }
    # The next replica sends none.
    await replicas.stop()
    replicas.run(replicas.make()[0])
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.received(1)
    assert len(replicas.service.confirmations) == 1


@pytest.mark.parametrize("status", [404, 400, 403])
async def test_an_invented_endpoint_is_deleted_at_once(replicas: Replicas, status: int) -> None:
    replicas.service.status = status
    await replicas.subscribe()
    await replicas.subscribe(subject="routes/train:ter")
    await replicas.none_left()


async def test_a_browser_that_is_confirmed_stays_when_a_message_is_refused(
    replicas: Replicas,
) -> None:
    await replicas.subscribe()
    replicas.service.status = 403
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await until(lambda: replicas.service.attempts > 0)
    await replicas.nothing_more()
    assert await replicas.count() == 1


async def test_who_is_not_confirmed_within_ten_minutes_is_deleted(replicas: Replicas) -> None:
    replicas.service.status = 503
    await replicas.subscribe()
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.nothing_more()
    replicas.valley.clock.advance(599)
    assert await replicas.count() == 1
    replicas.valley.clock.advance(2)
    await replicas.none_left()


async def test_before_the_first_message_no_other_is_sent(replicas: Replicas) -> None:
    replicas.service.status = 503
    added = await replicas.subscribe()
    await replicas.publish(update(f"{T8} {CANCELED}"))
    replicas.service.status = 201
    replicas.valley.clock.advance(31)
    await replicas.publish(update(f"{T8} {CANCELED}") + update(T9))
    await replicas.confirmed(added["id"])
    await replicas.received(1)


async def test_unconfirmed_browsers_take_no_place_of_others(replicas: Replicas) -> None:
    await replicas.subscribe()
    await replicas.pool.execute(COPIES, 1000, False)
    replicas.service.status = 404
    await replicas.subscribe(503, name="invented")
    replicas.service.status = 201
    await replicas.subscribe(subject="routes/train:ter")  # of a browser that is confirmed
    await replicas.subscribe(subject="routes/train:ter", name="other")  # of another kind


async def test_lasting_subscriptions_take_the_place_of_the_oldest_one(replicas: Replicas) -> None:
    oldest = await replicas.subscribe(subject="routes/train:ter", name="oldest")
    await replicas.pool.execute(COPIES, 9_999, True)
    await replicas.pool.execute(
        "UPDATE push_subscription SET until = until - interval '1 day' WHERE id = $1", oldest["id"]
    )
    # A browser that nothing was delivered to takes no place.
    replicas.service.status = 503
    await replicas.subscribe(subject="stops/bus:parvis", name="invented")
    assert await replicas.count() == 10_001
    replicas.service.status = 201
    await replicas.subscribe(subject="stops/bus:parvis")
    query = "SELECT count(*) FROM push_subscription WHERE id = $1"

    async def is_gone() -> bool:
        return await replicas.pool.fetchval(query, oldest["id"]) == 0

    await until(is_gone)


async def test_lasting_subscriptions_take_no_place_of_journeys(replicas: Replicas) -> None:
    await replicas.subscribe(subject="routes/train:ter")
    await replicas.pool.execute(COPIES, 10_000, True)
    await replicas.subscribe()
    await until(lambda: len(replicas.service.confirmations) == 1)

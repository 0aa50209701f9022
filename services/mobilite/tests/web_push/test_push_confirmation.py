"""A subscription counts once the push service of its browser has accepted a first message."""

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


async def test_an_invented_endpoint_is_deleted_at_once(replicas: Replicas) -> None:
    replicas.service.status = 404
    await replicas.subscribe()
    await replicas.subscribe(subject="routes/train:ter")
    await replicas.none_left()


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


async def test_lasting_subscriptions_take_no_place_of_journeys(replicas: Replicas) -> None:
    await replicas.subscribe(subject="routes/train:ter")
    await replicas.pool.execute(COPIES, 10_000, True)
    await replicas.subscribe(503, subject="stops/bus:parvis")
    await replicas.subscribe()
    await until(lambda: len(replicas.service.confirmations) == 1)

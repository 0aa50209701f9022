"""Browsers are notified of what happens to bicycles and to rides on demand."""

from bicycles import HILL, RENTED, rental_valley, rentals
from boards import paris, update
from plateau import FROM_FARM, plateau
from replicas import running_replica
from travellers import late
from valley import HOSPITAL, TRAIN, Valley

from socle.testing import ServeApp

T8 = 'trip_id: "t8" start_date: "20260302"'


async def test_a_station_that_is_empty_and_is_not_any_more(
    postgres_url: str, serve_app: ServeApp, compiled_search: None
) -> None:
    valley = rental_valley(paris("08:00:00"), park=True)
    async with running_replica(postgres_url, serve_app, valley, **RENTED) as replicas:
        await replicas.subscribe()
        valley.rentals = rentals(paris("08:00:00"), park=True, vehicles_available=0)
        await replicas.publish(update(T8, late(30)))
        (content,) = await replicas.received(1)
        sentence = "Rien à louer à la station Gare (vélo en libre-service).\n"
        assert content["body"].startswith(f"{sentence}Le trajet n'est plus possible, ")
        # It has one every other minute: a few of the changes are notified, not all of them.
        for number in range(2, 5):
            count = (number + 1) % 2
            valley.rentals = rentals(paris("08:00:00"), park=True, vehicles_available=count)
            await replicas.publish(update(T8, late(30 + number)))
            await replicas.received(number)
        valley.rentals = rentals(paris("08:00:00"), park=True, vehicles_available=0)
        await replicas.publish(update(T8, late(40)))
        await replicas.nothing_more()
        valley.clock.advance(301)
        valley.rentals = rentals(paris("08:05:00"), park=True, vehicles_available=0)
        await replicas.publish(update(T8, late(41)))
        await replicas.received(5)


async def test_a_ride_that_can_no_longer_be_booked(
    postgres_url: str, serve_app: ServeApp, compiled_search: None
) -> None:
    valley = plateau()
    async with running_replica(postgres_url, serve_app, valley, **FROM_FARM) as replicas:
        await replicas.subscribe()
        valley.clock.advance((paris("17:00:01", "2026-02-27") - valley.clock.now()).total_seconds())
        await replicas.publish(update(T8, late(30)))
        (content,) = await replicas.received(1)
        assert content["body"].startswith("Il est trop tard pour réserver : ")
        assert "Si vous avez réservé, rien ne change." in content["body"]


async def test_another_platform_is_written_once_to_who_rides_to_it(
    postgres_url: str, serve_app: ServeApp, compiled_search: None
) -> None:
    stops = TRAIN["stops.txt"] + "val-3,Val-sur-Cisse,47.6,1.2,0,val,3,1\n"
    valley = Valley()
    valley.city.schedule({**TRAIN, "stops.txt": stops}, "train")
    query = {"from": HILL, "to": HOSPITAL, "modes": "transit,bicycle"}
    async with running_replica(postgres_url, serve_app, valley, **query) as replicas:
        await replicas.subscribe()
        moved = 'departure { delay: 0 } stop_time_properties { assigned_stop_id: "val-3" }'
        await replicas.publish(update(T8, f"stop_time_update {{ stop_sequence: 1 {moved} }}"))
        (content,) = await replicas.received(1)
        assert content["body"].startswith("Changement de quai à Val-sur-Cisse : quai 3 au lieu de")
        assert content["body"].count("quai 3") + content["body"].count(" : 3.") == 1

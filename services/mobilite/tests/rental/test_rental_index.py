"""The search index of a rental system: what is an entry of it."""

from mobilite.events import RentalVehicleV1
from mobilite.rental.flows.rental_index import RentalIndex


def test_a_vehicle_with_one_coordinate_only_is_left_out() -> None:
    vehicles = [
        RentalVehicleV1(feed_id="ville", vehicle_id="a", lat=47.9, lon=1.9),
        RentalVehicleV1(feed_id="ville", vehicle_id="b", lat=47.9),
        RentalVehicleV1(feed_id="ville", vehicle_id="c", lon=1.9, station_id="unknown"),
    ]
    index = RentalIndex((), (), vehicles)
    assert [entry.place for entry in index.entries] == [(47.9, 1.9)]

"""Where a bicycle can be taken, and where it can be given back."""

from datetime import UTC, datetime, timedelta

from mobilite.events import Availability, RentalStationV1, RentalSystemV1, VehicleType
from mobilite.events.rental import DockCount, StationInformation, StationStatus, TypeCount
from mobilite.gtfs.domain.ids import FeedId, GlobalId
from mobilite.rental.domain.dock import FORMS
from mobilite.rental.flows.live_docks import find_dock, live_docks
from mobilite.rental.flows.live_rentals import RentalFeed, RentalState

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TYPES = (
    VehicleType(vehicle_type_id="velo", form_factor="bicycle", propulsion_type="human"),
    VehicleType(vehicle_type_id="vae", form_factor="bicycle", propulsion_type="electric_assist"),
    VehicleType(vehicle_type_id="trott", form_factor="scooter_standing"),
)


def state(status: StationStatus, *, types: tuple[VehicleType, ...], age: int = 60) -> RentalState:
    station = RentalStationV1(
        feed_id="ville",
        station_id="gare",
        information=StationInformation(name="Gare", lat=47.9, lon=1.9),
        status=status,
    )
    system = RentalSystemV1(
        feed_id="ville",
        feed_name="Vélo Ville",
        address="https://velo.example/gbfs.json",
        attempted_at=NOW,
        stations=Availability(count=1, as_of=NOW - timedelta(seconds=age), ttl=600),
        vehicle_types=types,
    )
    return RentalState({FeedId("ville"): RentalFeed(system, {"ville:gare": station})})


def renting(*counts: tuple[str, int]) -> StationStatus:
    return StationStatus(
        vehicles_available=sum(count for _, count in counts),
        vehicle_types_available=tuple(
            TypeCount(vehicle_type_id=name, count=count) for name, count in counts
        ),
        is_renting=True,
    )


def test_bicycles_and_scooters_are_counted_apart() -> None:
    both = state(renting(("velo", 2), ("vae", 1), ("trott", 5)), types=TYPES)
    (dock,) = live_docks(both, "shared_bicycle", now=NOW)
    assert (dock.id, dock.vehicles, dock.places, dock.electric) == ("ville:gare", 3, 0, True)
    (dock,) = live_docks(both, "shared_scooter", now=NOW)
    assert (dock.mode, dock.vehicles, dock.electric) == ("shared_scooter", 5, True)
    assert live_docks(state(renting(("trott", 5)), types=TYPES), "shared_bicycle", now=NOW) == ()


def test_places_count_for_what_they_accept() -> None:
    status = StationStatus(
        is_returning=True,
        docks_available=9,
        vehicle_docks_available=(
            DockCount(vehicle_type_ids=("velo", "vae"), count=2),
            DockCount(vehicle_type_ids=("trott",), count=7),
        ),
    )
    both = state(status, types=TYPES)
    for mode, places in zip(FORMS, (2, 7), strict=True):
        (dock,) = live_docks(both, mode, now=NOW)
        assert dock.places == places
    assert live_docks(state(status, types=TYPES[:2]), "shared_scooter", now=NOW) == ()
    assert live_docks(state(status, types=()), "shared_scooter", now=NOW) == ()


def test_a_total_without_types_counts_if_all_are_bicycles() -> None:
    total = StationStatus(vehicles_available=4, is_renting=True)
    (dock,) = live_docks(state(total, types=TYPES[:1]), "shared_bicycle", now=NOW)
    assert (dock.vehicles, dock.electric) == (4, False)
    assert live_docks(state(total, types=TYPES), "shared_bicycle", now=NOW) == ()


def test_a_station_that_takes_back_only() -> None:
    full = StationStatus(vehicles_available=4, docks_available=1, is_returning=True)
    (dock,) = live_docks(state(full, types=()), "shared_bicycle", now=NOW)
    assert (dock.vehicles, dock.places) == (0, 1)


def test_five_minutes_whatever_the_ttl() -> None:
    status = renting(("velo", 2))
    assert live_docks(state(status, types=TYPES, age=300), "shared_bicycle", now=NOW)
    assert not live_docks(state(status, types=TYPES, age=301), "shared_bicycle", now=NOW)


def test_a_station_is_found_whatever_it_lacks() -> None:
    gare = GlobalId("ville:gare")
    closed = StationStatus(vehicles_available=4, docks_available=0, is_renting=False)
    dock = find_dock(state(closed, types=()), gare, "shared_bicycle", now=NOW)
    assert dock is not None
    assert (dock.vehicles, dock.places, dock.is_renting, dock.is_returning) == (0, 0, False, False)
    empty = StationStatus(vehicles_available=0, docks_available=0, is_renting=True)
    dock = find_dock(state(empty, types=()), gare, "shared_bicycle", now=NOW)
    assert dock is not None
    assert (dock.vehicles, dock.is_renting) == (0, True)
    assert live_docks(state(empty, types=()), "shared_bicycle", now=NOW) == ()


def test_what_a_station_of_old_data_has_is_not_known() -> None:
    total = StationStatus(vehicles_available=4, is_renting=True)
    old = state(total, types=(), age=301)
    dock = find_dock(old, GlobalId("ville:gare"), "shared_bicycle", now=NOW)
    assert dock is not None
    assert (dock.vehicles, dock.places) == (None, None)
    for station in ("ville:autre", "autre:gare", "gare"):
        assert find_dock(old, GlobalId(station), "shared_bicycle", now=NOW) is None
    assert find_dock(old, GlobalId("ville:gare"), "shared_scooter", now=NOW) is None

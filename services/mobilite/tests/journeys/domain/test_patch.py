"""Days patched by real time: what changes, and what does not."""

import numpy as np
from boards import City, paris, update
from cities import LINE
from journeys import Region, rides_in_words

from mobilite.journeys.domain.filters import open_lanes, without_stops
from mobilite.journeys.domain.live_run import live_runs
from mobilite.journeys.domain.patch import patched

TRIPS = "route_id,service_id,trip_id\n" + "".join(f"r,daily,t{n}\n" for n in range(4))
TIMES = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "".join(
    f"t{n},08:{n}0:00,08:{n}0:00,s1,1\nt{n},08:{n}5:00,08:{n}5:00,s2,2\nt{n},08:{n}9:00,08:{n}9:00,s3,3\n"
    for n in range(4)
)
CITY = {**LINE, "trips.txt": TRIPS, "stop_times.txt": TIMES}
EIGHT = 1_772_434_800


def region_with(*entities: str) -> Region:
    city = City(now=paris("07:50:00"))
    city.schedule(CITY)
    city.publish(" ".join(entities))
    return Region.of_city(city)


def late(trip: str, minutes: int, number: int = 1) -> str:
    return update(
        f'trip_id: "{trip}" start_date: "20260302"',
        f"stop_time_update {{ stop_sequence: 1 departure {{ delay: {minutes * 60} }} }}",
        entity=str(number),
    )


def first_ride(region: Region, minutes: int, end: str = "s3") -> tuple[str, int]:
    """The trip of the earliest arrival, and its minute of arrival after 08:00."""
    journey = region.leaving({"s1": 0}, {end: 0}, EIGHT + minutes * 60)[-1]
    ((trip, *_),) = rides_in_words(region.network, journey)
    return trip, (journey.arrival - EIGHT) // 60


def test_a_short_delay_stays_in_its_lane() -> None:
    region = region_with(late("t0", 4))
    assert len(region.day(EIGHT).lanes.first) == 1
    assert first_ride(region, 0) == ("t0", 13)
    assert first_ride(region, 5) == ("t1", 19)


def test_an_overtaken_run_moves_to_a_lane_of_its_own() -> None:
    region = region_with(late("t0", 25))
    assert len(region.day(EIGHT).lanes.first) == 2
    assert first_ride(region, 0) == ("t1", 19)
    assert first_ride(region, 21) == ("t0", 34)


def test_runs_delayed_alike_stay_in_one_extra_lane() -> None:
    region = region_with(late("t0", 35, 1), late("t1", 35, 2))
    assert len(region.day(EIGHT).lanes.first) == 2
    assert first_ride(region, 31) == ("t0", 44)
    assert first_ride(region, 36) == ("t1", 54)


def test_a_cancelled_run_is_never_used() -> None:
    cancelled = 'trip_id: "t0" start_date: "20260302" schedule_relationship: CANCELED'
    region = region_with(update(cancelled))
    assert first_ride(region, 0) == ("t1", 19)
    last = 'trip_id: "t3" start_date: "20260302" schedule_relationship: CANCELED'
    assert region_with(update(last)).leaving({"s1": 0}, {"s3": 0}, EIGHT + 1800) == ()


def test_a_skipped_stop_is_neither_boarded_nor_alighted_at() -> None:
    skipped = "stop_time_update { stop_sequence: 2 schedule_relationship: SKIPPED }"
    region = region_with(update('trip_id: "t0" start_date: "20260302"', skipped))
    assert first_ride(region, 0, "s2") == ("t1", 15)
    assert first_ride(region, 0, "s3") == ("t0", 9)


def test_an_added_run_is_found_under_its_key() -> None:
    stops = "".join(
        f'stop_time_update {{ stop_id: "{stop}" departure {{ time: {EIGHT + 60 * minute} }} }}'
        for stop, minute in (("s1", 2), ("s3", 4))
    )
    added = 'trip_id: "extra" start_date: "20260302" route_id: "r" schedule_relationship: NEW'
    region = region_with(update(added, stops))
    (journey,) = region.leaving({"s1": 0}, {"s3": 0}, EIGHT + 60)
    assert journey.arrival == EIGHT + 240
    (leg,) = journey.legs
    assert leg.run.trip == -1
    assert leg.run.name.startswith("extra")


def test_a_patch_leaves_the_schedule_as_it_was() -> None:
    region = region_with(late("t0", 25))
    changed, region.changed = region.changed, []
    day = region.day(EIGHT)
    before = [column.copy() for column in day.lanes]
    live = patched(day, changed)
    assert all(map(np.array_equal, before, day.lanes))
    assert live.lanes.arrival is day.lanes.arrival


def test_unchanged_runs_are_not_converted_again() -> None:
    city = City(now=paris("07:50:00"))
    city.schedule(CITY)
    city.publish(late("t0", 4))
    region, runs = Region.of_city(city), dict(city.runs())
    first = live_runs(region.network, 0, runs, frozenset(), {})
    again = live_runs(region.network, 0, runs, frozenset(), first)
    assert [again[key] is first[key] for key in runs] == [True]
    stale = live_runs(region.network, 0, runs, frozenset({0}), first)
    (run,) = stale.values()
    assert run.departures.tolist() == list(runs[run.source.key].departures)


def test_a_closed_stop_and_a_banned_route_are_not_used() -> None:
    region = Region.of(CITY)
    day = region.day(EIGHT)
    closed = without_stops(day, [1])
    assert not closed.lanes.boardable[closed.lanes.stop == 1].any()
    assert closed.lanes.alightable.sum() == day.lanes.alightable.sum() // 2
    assert open_lanes(day).tolist() == [True]
    assert open_lanes(day, banned_routes=[0]).tolist() == [False]
    assert open_lanes(day, modes=[3]).tolist() == [True]
    assert open_lanes(day, modes=[2]).tolist() == [False]


def detour(changes: str) -> str:
    """TripModifications of t0."""
    return (
        'entity { id: "detour" trip_modifications { selected_trips { trip_ids: "t0" } '
        f'service_dates: "20260302" modifications {{ {changes} }} }} }}'
    )


def test_a_modified_run_calls_at_its_replacement_stops() -> None:
    region = region_with(
        detour(
            "start_stop_selector { stop_sequence: 2 } end_stop_selector { stop_sequence: 2 } "
            'replacement_stops { stop_id: "s4" travel_time_to_stop: 180 }'
        )
    )
    assert first_ride(region, 0, "s2") == ("t1", 15)
    assert first_ride(region, 0, "s4") == ("t0", 3)
    assert first_ride(region, 0, "s3") == ("t0", 9)


def test_a_modified_run_can_have_fewer_calls_than_its_trip() -> None:
    ends = "start_stop_selector { stop_sequence: 2 } end_stop_selector { stop_sequence: 2 }"
    region = region_with(detour(f"{ends} propagated_modification_delay: 60"))
    assert first_ride(region, 0, "s2") == ("t1", 15)
    assert first_ride(region, 0, "s3") == ("t0", 10)

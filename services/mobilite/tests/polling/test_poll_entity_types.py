"""Polls of mixed messages: trip updates, vehicles and alerts are published and withdrawn alike."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from polled import Address, Follower, T

from mobilite.events import AlertV1, TripUpdateV1, VehiclePositionV1
from mobilite.polling.domain.entity_state import EntityState
from mobilite.polling.flows.poll_feeds import restore_feeds
from mobilite.polling.flows.publish_entities import PublishedEntities
from mobilite.sources.domain.churn import FREE_REMOVALS, REMOVALS_PER_SECOND
from socle.clock import ManualClock
from socle.events import Event, Tombstone

TRIP = 'entity { id: "t" trip_update { trip { trip_id: "t" } delay: 60 } }'
ALERT = """entity { id: "a" alert { header_text { translation { text: "Travaux" } }
  informed_entity { route_id: "A" } } }"""


def bus(name: str, lat: float = 48.0) -> str:
    return (
        f'entity {{ id: "{name}" vehicle {{ vehicle {{ id: "{name}" }} '
        f"position {{ latitude: {lat} longitude: 2 }} }} }}"
    )


def buses(names: Iterable[object]) -> str:
    return "".join(bus(str(name)) for name in names)


async def test_a_mixed_message_is_reported_complete_then_by_its_changes(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    await one.publish_all(T - 20, TRIP + bus("v") + bus("w") + ALERT)
    assert follower.result == ["+tao:t::", "+tao:0:v", "+tao:0:w", "+tao:0:a"]
    poll = follower.poll()
    assert (poll.trips, poll.vehicles, poll.alerts) == (1, 2, 1)
    assert poll.carries == ("trip_updates", "vehicle_positions", "alerts")
    follower.result.clear()
    await one.publish_all(T - 10, ALERT + bus("v", 48.1) + TRIP)
    assert follower.result == ["+tao:0:v", "-tao:0:w"]
    (vehicle,) = follower.held(VehiclePositionV1)
    assert vehicle.position is not None
    assert vehicle.position.latitude == 48.1
    follower.result.clear()
    await one.publish_all(T, "")
    assert sorted(follower.result) == ["-tao:0:a", "-tao:0:v", "-tao:t::"]
    poll = follower.poll()
    assert (poll.trips, poll.vehicles, poll.alerts) == (0, 0, 0)
    assert poll.carries == ("trip_updates", "vehicle_positions", "alerts"), "once and for all"


async def test_what_an_entity_marks_as_deleted_is_withdrawn(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    await one.publish_all(T - 10, ALERT + bus("v"))
    await one.publish_all(T, ALERT.replace('"a"', '"a" is_deleted: true') + bus("v"))
    assert (follower.held(AlertV1), follower.poll().entities.deleted) == ([], 1)


async def test_addresses_of_a_feed_speak_each_for_their_own_vehicles_and_alerts(
    addresses: tuple[Address, Address], follower: Follower, clock: ManualClock
) -> None:
    """Only runs are shared between addresses; vehicles of a silent one stay and age."""
    one, two = addresses
    await one.publish_all(T, TRIP + bus("v") + ALERT)
    await two.publish_all(T, TRIP + bus("v") + ALERT)
    assert sorted(each.key() for each in follower.held(AlertV1)) == ["tao:0:a", "tao:1:a"]
    assert (follower.poll(1).superseded, follower.poll(1).vehicles) == (1, 1)
    clock.advance(600)
    await two.publish_all(T + 600, "")
    await one.answers(b"<html>")
    assert [each.key() for each in follower.held(VehiclePositionV1)] == ["tao:0:v"]
    assert [each.key() for each in follower.held(AlertV1)] == ["tao:0:a"]


async def test_one_bad_entity_costs_the_others_nothing(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    bad = (
        'entity { id: "1" alert { } } entity { id: "2" trip_update { trip { } } } '
        'entity { id: "3" vehicle { vehicle { id: "x" } position { latitude: 99 longitude: 0 } } }'
    )
    await one.publish_all(T, bad + TRIP + bus("v") + ALERT)
    assert len(follower.held(TripUpdateV1)) == len(follower.held(AlertV1)) == 1
    assert {each.vehicle_key for each in follower.held(VehiclePositionV1)} == {"v", "x"}
    notes = {"alert_empty": 1, "trip_unidentified": 1, "position_implausible": 1}
    assert follower.notes() == notes
    await one.publish_all(T + 1, TRIP + bus("v") + ALERT)
    assert follower.notes() == {}


@pytest.mark.parametrize(
    ("entities", "age", "notes"),
    [
        (TRIP, 90, {}),
        (TRIP, 91, {"header_old": 1}),
        (bus("v") + ALERT, 91, {"header_old": 1}),
        (ALERT, 91, {}),
        (ALERT, 600, {}),
        (ALERT, 601, {"alerts_old": 1}),
        (TRIP.replace("delay", f"timestamp: {T - 200} delay"), 0, {"updates_old": 1}),
        ("", 5000, {}),
    ],
)
async def test_a_message_that_was_old_when_it_came_is_noted(
    addresses: tuple[Address, Address],
    follower: Follower,
    entities: str,
    age: int,
    notes: dict[str, int],
) -> None:
    """Rule 10."""
    one, _ = addresses
    await one.publish_all(T - age, entities)
    assert follower.notes() == notes


@pytest.mark.parametrize(
    "decided",
    [
        'trip { trip_id: "t" schedule_relationship: CANCELED } delay: 60',
        'trip { trip_id: "t" } stop_time_update { stop_id: "s" schedule_relationship: SKIPPED }',
    ],
)
async def test_what_was_decided_long_ago_is_not_old(
    addresses: tuple[Address, Address], follower: Follower, decided: str
) -> None:
    one, _ = addresses
    await one.publish_all(
        T, f'entity {{ id: "t" trip_update {{ {decided} timestamp: {T - 9000} }} }}'
    )
    assert follower.notes() == {}


async def test_an_address_that_renames_everything_is_reported_so_and_left_alone_for_a_while(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    count = FREE_REMOVALS + 2 * REMOVALS_PER_SECOND
    await one.publish_all(T - 30, buses(range(count)))
    assert (follower.notes(), one.state.pause_seconds) == ({}, 0)
    await one.publish_all(T - 20, buses(range(count, 2 * count)))
    assert follower.notes() == {"ids_unstable": count}
    assert one.state.pause_seconds == 2
    assert len(follower.held(VehiclePositionV1)) == count
    await one.poll()
    assert one.state.pause_seconds == 0, "nothing new was published"
    await one.publish_all(T, buses(range(count, 2 * count + 10)))
    assert (follower.notes(), one.state.pause_seconds) == ({}, 0)


async def test_a_message_of_long_runs_is_walked_a_piece_at_a_time(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    pieces: list[int] = []

    async def announce(*items: Event | Tombstone) -> None:
        pieces.append(len(items))
        await follower.announce(*items)

    one.tools = replace(one.tools, announce=announce)
    stops = "".join(f'stop_time_update {{ stop_id: "{n}{"x" * 90}" }}' for n in range(500))
    await one.publish_all(
        T,
        "".join(
            f'entity {{ id: "{n}" trip_update {{ trip {{ trip_id: "{n}" }} {stops} }} }}'
            for n in range(12)
        ),
    )
    assert pieces == [5, 5, 2, 1], "five are a quarter of a megabyte; the last is the poll itself"


async def test_the_end_of_service_is_no_renaming(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    await one.publish_all(T - 10, buses(range(100)))
    await one.publish_all(T, buses(range(98, 101)))
    assert follower.notes() == {}


async def test_what_the_tables_hold_is_not_repeated_after_a_restart(
    tmp_path: Path, follower: Follower, clock: ManualClock
) -> None:
    """Nor does an alert that shared its entity's id take another name for being alone now."""
    before = Address(tmp_path / "0.pb", PublishedEntities(EntityState()), follower, clock)
    twin = ALERT.replace("Travaux", "Grève")
    await before.publish_all(T - 30, TRIP + bus("v") + bus("gone") + ALERT + twin)
    names = {each.header[0].text: each.alert_id for each in follower.held(AlertV1)}
    result = restore_feeds(
        [
            *follower.held(TripUpdateV1),
            *follower.held(VehiclePositionV1),
            *follower.held(AlertV1),
        ],
        [follower.poll()],
    )["tao"]
    follower.result.clear()
    after = Address(tmp_path / "0.pb", result.entities, follower, clock)
    after.state = result.states[0]
    await after.publish_all(T, TRIP + bus("v") + ALERT)
    assert sorted(follower.result) == sorted(["-tao:0:gone", f"-tao:0:{names['Grève']}"])
    assert follower.poll().carries == ("trip_updates", "vehicle_positions", "alerts")

"""What the task that keeps the network of journeys up to date waits for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from boards import update
from stations import HALL, LIFT, RAMP, lift_alert, valley_below_ground
from valley import Valley

from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.adapters.straight_ways import straight_walking
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.flows.follow_networks import JourneyNetworks
from mobilite.journeys.ports import WalkingWays
from socle.testing import until


@asynccontextmanager
async def following(
    valley: Valley, refreshed: Callable[[float], None] = lambda seconds: None
) -> AsyncIterator[JourneyNetworks]:
    """The network of the valley, which a task keeps up to date."""
    live = valley.city.live
    networks = JourneyNetworks(
        live, valley.clock, places=live.places, walking=straight_walking, refreshed=refreshed
    )
    task = asyncio.create_task(networks.run())
    await until(lambda: networks.why_not() is None)
    yield networks
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()


async def test_a_change_just_before_the_wait_begins_is_applied() -> None:
    valley, loop, refreshes = Valley(), asyncio.get_running_loop(), list[float]()

    def withdraw_once(seconds: float) -> None:
        refreshes.append(seconds)
        if len(refreshes) == 1:
            # After the comparison of the states, and before what waits for a change runs.
            loop.call_soon(valley.city.live.withdraw, FeedId("bus"))

    async with following(valley, withdraw_once) as networks:
        await until(lambda: set(networks.get().timetables.feeds) == {"train"})


async def test_other_ways_on_foot_are_used_without_a_message() -> None:
    found: list[JourneyNetwork] = []

    def find_walking(network: JourneyNetwork) -> tuple[WalkingWays, WalkingWays]:
        found.append(network)
        return straight_walking(network)

    async with following(Valley()) as networks:
        networks.walk_by(find_walking)
        await until(lambda: networks.get().timetables.network in found)


async def test_the_silence_of_an_address_is_noticed_without_a_message() -> None:
    late = "stop_time_update { stop_sequence: 1 departure { delay: 300 } }"
    valley = Valley()
    async with following(valley) as networks:
        valley.city.publish(update('trip_id: "t8" start_date: "20260302"', late), "train")
        await until(lambda: networks.get().stale[FeedId("train")])


async def test_an_alert_that_begins_changes_the_ways_without_a_message() -> None:
    valley = valley_below_ground(LIFT, HALL, RAMP)
    start = int(valley.clock.now().timestamp()) + 600
    valley.city.publish(lift_alert("haut", start=start), "train")
    async with following(valley) as networks:
        await until(lambda: bool(networks.get().timetables.stations.impaired))
        assert valley.clock.now().timestamp() >= start


async def test_a_lift_changes_the_ways_in_the_same_network() -> None:
    valley = valley_below_ground(LIFT, HALL, RAMP)
    start = int(valley.clock.now().timestamp()) + 60
    valley.city.publish(lift_alert("haut", start=start), "train")
    await valley.refresh()
    before = valley.networks.get()
    assert before.timetables.stations.until == start
    assert not await valley.networks.refresh()
    valley.clock.advance(60)
    assert await valley.networks.refresh()
    after = valley.networks.get()
    assert after.timetables.network is before.timetables.network
    assert after.timetables.by_wheelchair is not before.timetables.by_wheelchair
    assert after.days is before.days

"""What a followed journey costs while nothing happens to it: no search, and no old state."""

import gc
import weakref

from boards import paris, update
from stations import HALL, LIFT, RAMP, STAIRS, lift_alert, valley_below_ground
from travellers import Search, Traveller, late
from valley import HOSPITAL, VILLAGE

from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.streams.flows.subscription import StateChange

T8 = 'trip_id: "t8" start_date: "20260302"'
B9 = 'trip_id: "b9" start_date: "20260302"'
"""A bus that the journey does not use."""


async def published(traveller: Traveller, run: str, feed_id: str) -> PlanningState:
    """The state with a delay of a run."""
    traveller.valley.city.publish(update(run, late(60)), feed_id)
    await traveller.valley.refresh()
    return traveller.valley.networks.get()


async def check_no_old_state(traveller: Traveller) -> None:
    """After a change that is not about its journey, nothing holds the state before."""
    await traveller.now("07:40:00")
    journey, before = traveller.journey, traveller.valley.networks.get()
    assert journey is not None
    change = StateChange(before, await published(traveller, B9, "bus"), paris("07:40:05"), 5.0)
    assert not journey.due(change)
    days = weakref.ref(before.days)
    del before, change
    gc.collect()
    assert days() is None
    assert (await traveller.now("07:40:10"))["possible"]


async def test_a_quiet_journey_retains_no_old_state(traveller: Traveller) -> None:
    """Each state has the networks of its days in real time."""
    await check_no_old_state(traveller)


async def test_nor_after_an_alert_about_a_lift_that_ends(search: Search) -> None:
    """The ways of the journey are those of its instant, not those of now."""
    case = valley_below_ground(STAIRS, LIFT, HALL, RAMP)
    ends = int(paris("07:50:00").timestamp())
    case.city.publish(lift_alert("haut", end=ends), "train")
    traveller = Traveller(case)
    query = {"from": VILLAGE, "to": HOSPITAL, "max_walk": 200, "wheelchair": "true"}
    traveller.journey_id = (await search(case, **query))["journeys"][0]["id"]
    await check_no_old_state(traveller)


async def test_an_impossible_journey_of_which_nothing_is_left_is_judged_each_minute(
    traveller: Traveller,
) -> None:
    traveller.valley.city.publish(update(f"{T8} schedule_relationship: CANCELED"), "train")
    await traveller.now("09:20:00")
    journey, state = traveller.journey, traveller.valley.networks.get()
    assert journey is not None
    browser = traveller.subscriptions.listen(journey, None, plans=False)
    await traveller.now("09:20:00")
    assert not journey.due(StateChange(state, state, paris("09:20:59"), 59.0))
    assert journey.due(StateChange(state, state, paris("09:21:00"), 60.0))
    del browser


async def test_a_broken_journey_is_not_searched_at_every_message(traveller: Traveller) -> None:
    cancelled = update(f"{T8} schedule_relationship: CANCELED")
    traveller.valley.city.publish(cancelled, "train")
    await traveller.now("07:40:00")
    journey, before = traveller.journey, traveller.valley.networks.get()
    assert journey is not None
    reader = traveller.subscriptions.listen(journey, None)
    await traveller.now("07:40:00")
    after = await published(traveller, B9, "bus")
    assert not journey.due(StateChange(before, after, paris("07:40:05"), 5.0))
    assert journey.due(StateChange(before, after, paris("07:40:30"), 30.0))
    again = await published(traveller, T8, "train")
    assert journey.due(StateChange(after, again, paris("07:40:06"), 6.0))
    del reader


async def test_a_broken_journey_is_searched_only_for_who_reads_the_plans(
    traveller: Traveller,
) -> None:
    """A caller can have thousands of browsers notified, which would keep a processor busy."""
    traveller.valley.city.publish(update(f"{T8} schedule_relationship: CANCELED"), "train")
    await traveller.now("07:40:00")
    journey, before = traveller.journey, traveller.valley.networks.get()
    assert journey is not None
    browser = traveller.subscriptions.listen(journey, None, plans=False)
    after = await published(traveller, B9, "bus")
    later = StateChange(before, after, paris("07:44:00"), 240.0)
    assert not journey.due(later)
    reader = traveller.subscriptions.listen(journey, None)
    assert journey.due(later)
    await traveller.now("07:44:00")
    assert journey.due(StateChange(after, after, paris("07:45:00"), 300.0))
    del reader
    await traveller.now("07:45:00")
    assert not journey.due(StateChange(after, after, paris("07:46:00"), 360.0))
    again = await published(traveller, T8, "train")
    assert journey.due(StateChange(after, again, paris("07:46:01"), 361.0))
    del browser

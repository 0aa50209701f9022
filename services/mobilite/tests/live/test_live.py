"""The single writer: a timetable is swapped in atomically while updates arrive."""

import asyncio

import pytest
from boards import City, city_of_one_bus, clock, paris, received, update
from cities import LINE, timetable_from_text

from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import MAX_ON_LOOP
from socle.errors import Refusal

LATER = {
    **LINE,
    "stop_times.txt": LINE["stop_times.txt"].replace("08:00:00,08:00:00", "08:02:00,08:02:00"),
}


async def test_a_timetable_is_swapped_in_complete_while_updates_are_received() -> None:
    """Every board between the two versions is completely of one, and no update is lost."""
    city = City(now=paris("07:30:00"))
    city.schedule(LINE)
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 0"))
    swapping = asyncio.create_task(city.live.serve(timetable_from_text(LATER)))
    delay, seen = 0, set()
    while not swapping.done():
        delay = (delay + 60) % 3600
        many = "".join(
            update(f'trip_id: "x{n}"', more=f"delay: {delay}", entity=f"x{n}")
            for n in range(MAX_ON_LOOP + 1)
        )
        city.publish(update('trip_id: "t" start_date: "20260302"', more=f"delay: {delay}") + many)
        line = city.first("f:s1")
        seen.add(clock(line, "scheduled"))
        assert line["delay"] == delay
        await asyncio.sleep(0)
    await swapping
    assert "08:00:00" in seen
    line = city.first("f:s1")
    assert (clock(line, "scheduled"), line["delay"]) == ("08:02:00", delay)
    assert city.feeds()["f"]["real_time"][0]["unmatched"] == MAX_ON_LOOP + 1


def test_a_feed_no_longer_declared_leaves_no_ghost() -> None:
    """Once the tables have forgotten it, it is listed no more and its stops do not exist."""
    city = city_of_one_bus()
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 0"))
    city.publish("")
    gone = FeedId("f")
    timetable = city.live.state.timetables[gone]
    poll = city.live.state.polls[gone][0]
    city.live.follow_timetables([received(timetable.key(), None, city.now)])
    city.live.withdraw(gone)
    city.live.follow_polls([received(poll.key(), None, city.now)])
    assert city.feeds() == {}
    with pytest.raises(Refusal) as raised:
        city.board("f:s1")
    assert raised.value.category == "not_found"

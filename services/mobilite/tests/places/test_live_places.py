"""The places of a replica follow its schedules by themselves."""

import asyncio

from boards import City
from places import REGION

from mobilite.gtfs.domain.ids import FeedId
from socle.testing import until


async def test_places_appear_with_a_schedule_and_go_with_it() -> None:
    city = City()
    places = city.live.places
    assert places.why_not() is None  # nothing to derive
    city.schedule(REGION["sncf"], "sncf")
    assert places.why_not() is not None
    following = asyncio.create_task(places.run())
    try:
        await until(lambda: places.why_not() is None)
        assert places.current.hubs.find("hub:sncf:orl") is None
        city.schedule(REGION["tao"], "tao")
        assert places.why_not() is None  # ready for good
        await until(lambda: places.current.hubs.find("hub:sncf:orl") is not None)
        city.live.withdraw(FeedId("tao"))
        await until(lambda: places.current.hubs.find("hub:sncf:orl") is None)
        assert [place.place.name for place in places.current.search.search("gaulle").places] == []
    finally:
        following.cancel()

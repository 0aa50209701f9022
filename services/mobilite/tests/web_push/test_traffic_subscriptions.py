"""How often followed lines and stops are read."""

from boards import EIGHT, City
from cities import LINE

from mobilite.boards.ports import BoardsState
from mobilite.streams.flows.subscription import StateChange
from mobilite.web_push.domain.push_subscription import Subject
from mobilite.web_push.flows.read_traffic import TrafficReader
from mobilite.web_push.flows.watch_traffic import TrafficSubscriptions
from socle.clock import ManualClock

ALERT = 'entity { id: "p" alert { informed_entity { stop_id: "m0" } effect: STOP_MOVED } }'
STOPS = 150
MANY = {
    **LINE,
    "stops.txt": LINE["stops.txt"].rstrip()
    + "\n"
    + "".join(f"m{number},Arrêt,47.9,1.9\n" for number in range(STOPS)),
}


def test_the_more_are_followed_the_less_often_each_is_read() -> None:
    city, clock = City(), ManualClock(EIGHT)
    city.schedule(MANY)
    traffic = TrafficSubscriptions(city.live, clock, TrafficReader(), least_interval=0)
    before = city.live.state
    first = traffic.open(Subject("stop", "f:m0"))
    city.publish(ALERT)

    def due(seconds: float) -> bool:
        at = clock.monotonic() + seconds
        change: StateChange[BoardsState] = StateChange(before, city.live.state, EIGHT, at)
        return first.due(change)

    assert due(0)
    followed = [traffic.open(Subject("stop", f"f:m{number}")) for number in range(STOPS)]
    assert (followed[0] is first, due(2.9), due(3)) == (True, False, True)

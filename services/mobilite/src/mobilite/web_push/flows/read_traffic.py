"""What of a line, a stop or a hub matters to its travellers now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mobilite.alerts.domain.alert import Alert
from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.alerts.flows.visible_alerts import visible_alerts
from mobilite.boards.domain.departures import Departure, next_departures
from mobilite.boards.flows.show_hub_departures import stops_by_feed
from mobilite.boards.ports import BoardsState
from mobilite.feeds.flows.known_feeds import no_schedule_yet
from mobilite.gtfs.domain.ids import FeedId, GlobalId
from mobilite.places.domain.hubs import HUB_PREFIX, Hubs
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.routes.flows.get_route import resolve_route
from mobilite.stops.flows.get_stop import FoundStop, get_stop
from mobilite.timetable.domain.timetable import Timetable
from mobilite.web_push.domain.push_subscription import Subject
from mobilite.web_push.domain.traffic_facts import CancelledDeparture, TrafficFacts
from socle.errors import Refusal

ROUTE_HORIZON: Final = 2 * 3600
STOP_HORIZON: Final = 3600
_MOST_DEPARTURES: Final = 300
"""Of a stop within its horizon, of one network."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """The facts of a subject, and what they were read from."""

    facts: TrafficFacts
    feeds: frozenset[FeedId]


class TrafficReader:
    """Reads the facts of lines, stops and hubs from states, each newer than the one before."""

    def __init__(self, hubs: Callable[[], Hubs] = Hubs) -> None:
        """`hubs`: gives the hubs that exist now."""
        self._hubs = hubs
        self._cancelled: dict[FeedId, _CancelledRuns] = {}

    def read(self, state: BoardsState, subject: Subject, now: int) -> Traffic:
        """The facts at an instant (POSIX seconds).

        Raises Refusal: "not_found" for an unknown subject, "unavailable" until its schedule is
        loaded.
        """
        if subject.type == "route":
            return self._of_route(state, subject.id, now)
        return self._of_stop(state, subject.id, now)

    def _of_route(self, state: BoardsState, route_id: str, now: int) -> Traffic:
        found = resolve_route(state, route_id)
        timetable = found.schedule.timetable
        feed_id = timetable.feed_id
        runs = state.snapshot.feed(feed_id).runs
        known = self._cancelled.get(feed_id)
        if known is None or known.runs is not runs:
            known = self._cancelled[feed_id] = _CancelledRuns(runs)
        index, name = state.alert_index(feed_id), timetable.route_name(found.route)
        cancelled = [
            CancelledDeparture(
                f"{run.trip.trip_id} {run.departures[0]}",
                run.departures[0],
                name,
                run.trip.headsign(0),
                _is_announced(index, run.trip, run.key.day, run.trip.stop(0), run.departures[0]),
            )
            for run in known.of_route(found.route)
            if run.departures[0] <= now + ROUTE_HORIZON and run.arrivals[-1] > now
        ]
        facts = TrafficFacts(
            name,
            timetable.agency_names[int(timetable.route_agency[found.route])],
            timetable.zone(0),
            ROUTE_HORIZON,
            _disrupting(visible_alerts(index, index.of_route(found.route), now)),
            _by_time(cancelled),
        )
        return Traffic(facts, frozenset((feed_id,)))

    def _of_stop(self, state: BoardsState, stop_id: str, now: int) -> Traffic:
        name, stops = self._stops(state, stop_id)
        cancelled, alerts = list[CancelledDeparture](), list[Alert]()
        for found in stops:
            rows, index = found.boarding_stops(), state.alert_index(found.feed.feed_id)
            alerts += visible_alerts(index, index.of_stops(rows), now)
            cancelled += _cancelled_at(found, rows, index, now)
        announced = state.timetables.get(stops[0].feed.feed_id)
        network = announced.name or "" if announced is not None and len(stops) == 1 else ""
        facts = TrafficFacts(
            name or stops[0].schedule.timetable.stop_names[stops[0].stop],
            network,
            stops[0].schedule.timetable.zone(0),
            STOP_HORIZON,
            _disrupting(alerts),
            _by_time(cancelled),
        )
        return Traffic(facts, frozenset(each.feed.feed_id for each in stops))

    def _stops(self, state: BoardsState, stop_id: str) -> tuple[str, list[FoundStop]]:
        """The stops of a hub with its name, or one stop without a name."""
        if not stop_id.startswith(HUB_PREFIX):
            return "", [get_stop(state, stop_id)]
        hub = self._hubs().find(stop_id)
        if hub is None:
            raise Refusal("not_found", f"Le pôle « {stop_id[:100]} » n'existe pas.")
        stops = [found for _, found in stops_by_feed(state, hub)]
        if not stops:
            raise no_schedule_yet(hub.stops[0].feed_id)
        return hub.name, stops


class _CancelledRuns:
    """The cancelled runs of a feed by route, for all its lines."""

    def __init__(self, runs: Mapping[RunKey, Run]) -> None:
        self.runs = runs
        self._by_route: dict[int, list[Run]] = {}
        for run in runs.values():
            if run.update.relationship == "CANCELED" and not run.hidden:
                self._by_route.setdefault(run.trip.route, []).append(run)

    def of_route(self, route: int) -> list[Run]:
        return self._by_route.get(route, [])


def _cancelled_at(
    found: FoundStop, stops: tuple[int, ...], index: AlertIndex, now: int
) -> Iterable[CancelledDeparture]:
    """The next departures of a group of stops that do not take place there."""
    timetable = found.schedule.timetable
    departures = next_departures(
        found.feed, stops, at=now, now=now, limit=_MOST_DEPARTURES, within=STOP_HORIZON + 1
    )
    return (
        CancelledDeparture(
            f"{each.trip.trip_id} {each.scheduled}",
            each.scheduled,
            _line_of(timetable, each),
            each.headsign,
            _is_announced(
                index,
                each.trip,
                each.day,
                each.scheduled_stop,
                each.scheduled,
                skipped=each.state == "skipped",
            ),
        )
        for each in departures.page
        if not each.served and each.scheduled <= now + STOP_HORIZON
    )


def _is_announced(
    index: AlertIndex, trip: RunTrip, day: int, stop: int, at: int, *, skipped: bool = False
) -> bool:
    """Whether an alert about the line or the run announces that a departure does not take place:
    while works last, each of them would be news. `skipped`: only this stop is not served, which
    other disruptions announce too than an interrupted service."""
    alerts = (index.alerts[key] for key in index.specific.of_call(trip, day, stop))
    return any(
        alert.affects(at, at + 1) and alert.disrupts and (skipped or alert.effect == "NO_SERVICE")
        for alert in alerts
    )


def _line_of(timetable: Timetable, departure: Departure) -> str:
    route = departure.trip.route
    return departure.trip.route_id if route < 0 else timetable.route_name(route)


def _by_time(cancelled: list[CancelledDeparture]) -> tuple[CancelledDeparture, ...]:
    return tuple(sorted(cancelled, key=lambda each: (each.at, each.key)))


def _disrupting(alerts: Iterable[Alert]) -> dict[GlobalId, Alert]:
    return {alert.id: alert for alert in alerts if alert.disrupts}

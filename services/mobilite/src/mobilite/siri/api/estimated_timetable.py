"""Journeys as EstimatedTimetableDelivery."""

from mobilite.http.api.times import LocalTime, local_time
from mobilite.realtime.domain.run_calls import RunCall
from mobilite.siri.api.calls import call_element, is_cancelled, is_monitored
from mobilite.siri.api.references import journey_ref, line_ref
from mobilite.siri.api.stop_monitoring import destination, line_names, recorded_at
from mobilite.siri.api.tree import Element, Ref
from mobilite.siri.flows.estimate_journeys import EstimatedJourney
from mobilite.siri.flows.monitor_stop import direction_ref
from mobilite.trips.domain.progress import arrival_of, departure_of


def estimated_journey(journey: EstimatedJourney, now: int) -> Element:
    """One EstimatedVehicleJourney at `now` (POSIX seconds): the calls that are over, then those
    ahead. A journey of which no call is made is cancelled."""
    feed, trip, calls = journey.feed, journey.trip, journey.calls
    timetable = journey.schedule.timetable
    local = local_time(timetable.local_zone(calls[0].stop))
    names = line_names(timetable, trip.route)
    cancelled = all(map(is_cancelled, calls))
    served = [call for call in calls if not is_cancelled(call)] or calls
    end = _end(journey, served[-1])
    over = 0 if cancelled else _over(calls, now, end=end)
    elements = _elements(journey, local, begin=calls.index(served[0]), end=end, over=over)
    return {
        "RecordedAtTime": local(recorded_at(feed, journey.run, now)),
        "LineRef": line_ref(feed.feed_id, trip.route_id),
        "DirectionRef": Ref(direction_ref(trip.direction)),
        "FramedVehicleJourneyRef": journey_ref(feed.feed_id, trip, journey.key.day),
        # One of the two: an added journey that is cancelled is cancelled.
        "ExtraJourney": True if journey.key.trip < 0 and not cancelled else None,
        "Cancellation": True if cancelled else None,
        "PublishedLineName": names.get("PublishedLineName"),
        **destination(journey.schedule, served[-1].stop),
        "OperatorRef": names.get("OperatorRef"),
        "OriginAimedDepartureTime": local(calls[0].departure) if calls[0].planned else None,
        "Monitored": any(map(is_monitored, calls)),
        "RecordedCalls": {"RecordedCall": elements[:over]} if over else None,
        "EstimatedCalls": {"EstimatedCall": elements[over:]} if over < len(elements) else None,
        "IsCompleteStopSequence": True,
    }


def _elements(
    journey: EstimatedJourney, local: LocalTime, *, begin: int, end: int, over: int
) -> list[Element]:
    """The calls, of which the first `over` are recorded. The run begins at the call of number
    `begin`, and `end` is as `_end`."""
    calls = journey.calls
    return [
        call_element(
            journey.schedule,
            call,
            local,
            first=number == 0,
            last=number == len(calls) - 1 and end < len(calls),
            begins=number == begin,
            ends=number == end,
            recorded=number < over,
            changes=_changes(journey, call),
        )
        for number, call in enumerate(calls)
    ]


def _end(journey: EstimatedJourney, last: RunCall) -> int:
    """The number of the call at which the run ends, the `last` that is made. The number of calls if
    it continues to stops that are not in the timetable."""
    if journey.trip.continues and last.position == len(journey.trip) - 1:
        return len(journey.calls)
    return journey.calls.index(last)


def _over(calls: tuple[RunCall, ...], now: int, *, end: int) -> int:
    """How many of the first calls are over. `end`: as `_end`."""
    for number, call in enumerate(calls):
        if (departure_of(call) if number < end else arrival_of(call)) >= now:
            return number
    return len(calls)


def _changes(journey: EstimatedJourney, call: RunCall) -> Element:
    """Whether the vehicle calls where the timetable does not, or does not where it does."""
    if is_cancelled(call):
        return {"Cancellation": True}
    added = call.position >= 0 and journey.trip.replacement(call.position)
    return {"ExtraCall": True} if added else {}

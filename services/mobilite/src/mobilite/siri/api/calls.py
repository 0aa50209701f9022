"""The calls of a journey, and what is known of each. docs/decisions/0094-siri.md has the table."""

from typing import Final

from mobilite.http.api.times import LocalTime
from mobilite.realtime.domain.run_calls import RunCall
from mobilite.siri.api.references import stop_ref
from mobilite.siri.api.tree import Element, Texts, text
from mobilite.timetable.domain.feed_schedule import FeedSchedule

ON_TIME_SECONDS: Final = 60
"""A call that is predicted less than this early or late is on time."""
_NO_ACCESS: Final = 1
"""pickup_type and drop_off_type: none."""
_NOT_SERVED: Final = ("skipped", "cancelled")
_CANCELLED: Final = "cancelled"
"""The status of an arrival or departure that is not made."""


def is_monitored(call: RunCall) -> bool:
    """Whether real time states something of a call: a prediction, or that it is not made."""
    return call.predicted_departure is not None or call.state in _NOT_SERVED


def is_cancelled(call: RunCall) -> bool:
    """Whether the vehicle does not call."""
    return call.state in _NOT_SERVED


def call_element(
    schedule: FeedSchedule,
    call: RunCall,
    local: LocalTime,
    *,
    first: bool = False,
    last: bool = False,
    begins: bool = False,
    ends: bool = False,
    recorded: bool = False,
    changes: Element | None = None,
) -> Element:
    """A call. `first`, `last`: it has no arrival, or no departure. `begins`, `ends`: the run begins
    or ends here because calls before or after are not made: the arrival or departure is cancelled.
    `recorded`: it is over, and its predictions are what was observed. `changes`: ExtraCall or
    Cancellation, in ET."""
    timetable = schedule.timetable
    return {
        "StopPointRef": stop_ref(timetable, call.stop),
        "Order": call.sequence or None,  # SIRI's begins at 1, stop_sequence can at 0
        "StopPointName": text(timetable.stop_names[schedule.listed_stop(call.stop)]),
        **(changes or {}),
        "DestinationDisplay": text(call.headsign),
        **({} if first else _arrival(schedule, call, local, recorded=recorded, made=not begins)),
        **({} if last else _departure(schedule, call, local, recorded=recorded, made=not ends)),
    }


def _arrival(
    schedule: FeedSchedule, call: RunCall, local: LocalTime, *, recorded: bool, made: bool
) -> Element:
    known, predicted = "Actual" if recorded else "Expected", call.predicted_arrival
    status = _status(call, call.arrival, predicted, "arrived" if recorded else None)
    return {
        "AimedArrivalTime": local(call.arrival) if call.planned else None,
        f"{known}ArrivalTime": local(predicted) if made and predicted is not None else None,
        "ArrivalStatus": status if made else _CANCELLED,
        "ArrivalBoardingActivity": (
            None if made and call.drop_off != _NO_ACCESS else "noAlighting"
        ),
        "ArrivalStopAssignment": _assignment(schedule, call),
    }


def _departure(
    schedule: FeedSchedule, call: RunCall, local: LocalTime, *, recorded: bool, made: bool
) -> Element:
    known, predicted = "Actual" if recorded else "Expected", call.predicted_departure
    status = _status(call, call.departure, predicted, "departed" if recorded else None)
    return {
        "AimedDepartureTime": local(call.departure) if call.planned else None,
        f"{known}DepartureTime": local(predicted) if made and predicted is not None else None,
        "DepartureStatus": status if made else _CANCELLED,
        # Before the times in a RecordedCall, after them elsewhere.
        "DeparturePlatformName": () if recorded else _platform(schedule, call),
        "DepartureBoardingActivity": None if made and call.pickup != _NO_ACCESS else "noBoarding",
        "DepartureStopAssignment": _assignment(schedule, call),
    }


def _platform(schedule: FeedSchedule, call: RunCall) -> Texts:
    return text(schedule.timetable.stop_platform[call.stop])


def _status(call: RunCall, scheduled: int, predicted: int | None, over: str | None) -> str:
    """The status of an arrival or departure, which is never absent: that would mean on time."""
    if is_cancelled(call):
        return _CANCELLED
    if predicted is None:
        return "noReport"
    if over is not None:
        return over
    late = predicted - scheduled if call.planned else 0
    if abs(late) < ON_TIME_SECONDS:
        return "onTime"
    return "delayed" if late > 0 else "early"


def _assignment(schedule: FeedSchedule, call: RunCall) -> Element | None:
    """The planned and the expected platform of a call that has moved to another one."""
    if call.stop == call.scheduled_stop:
        return None
    timetable = schedule.timetable
    return {
        "AimedQuayRef": stop_ref(timetable, call.scheduled_stop),
        "ExpectedQuayRef": stop_ref(timetable, call.stop),
    }

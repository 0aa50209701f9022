"""The states of a call in SIRI (the table of docs/decisions/0094-siri.md)."""

from typing import Any

import pytest
from added_runs import EXTRA, NEW, stop
from boards import TODAY, City, city_of_one_bus, paris, update
from siri_documents import elements, lite_json, lite_xml, monitored_journeys, value, values

SECOND = 'stop_time_update { stop_id: "s2" '
LATE = SECOND + "departure { delay: 120 } }"
ON_TIME = 'stop_time_update { stop_id: "s1" departure { delay: 0 } }'


def monitored(city: City, stop: str = "f:s2", **query: Any) -> Any:
    """The journey of today's bus at a stop."""
    content = lite_json(city.live.state, city.now, "stop-monitoring", MonitoringRef=stop, **query)
    return monitored_journeys(content)[0]


def journey(city: City) -> Any:
    """Today's bus as EstimatedVehicleJourney."""
    document = lite_xml(
        city.live.state, city.now, "estimated-timetable", LineRef="f:r", PreviewInterval="PT4H"
    )
    return elements(document, "EstimatedVehicleJourney")[0]


@pytest.mark.parametrize(
    ("published", "is_monitored", "status", "expected"),
    [
        ("", False, "noReport", None),
        (update(TODAY, LATE), True, "delayed", "08:13:00"),
        (update(TODAY, SECOND + "departure { delay: -90 } }"), True, "early", "08:09:30"),
        (update(TODAY, SECOND + "departure { delay: 59 } }"), True, "onTime", "08:11:59"),
        (update(TODAY, SECOND + "schedule_relationship: NO_DATA }"), False, "noReport", None),
        (update(TODAY, SECOND + "schedule_relationship: SKIPPED }"), True, "cancelled", None),
        (update(f"{TODAY} schedule_relationship: CANCELED"), True, "cancelled", None),
    ],
)
def test_the_status_of_a_call_is_what_is_known(
    published: str, is_monitored: bool, status: str, expected: str | None
) -> None:
    city = city_of_one_bus()
    city.publish(published)
    found = monitored(city)
    call = found["MonitoredCall"]
    assert (found["Monitored"], call["DepartureStatus"]) == (is_monitored, status)
    assert call["AimedDepartureTime"] == "2026-03-02T08:11:00+01:00"
    given = call.get("ExpectedDepartureTime")
    assert (given and given[11:19]) == expected


def test_old_predictions_are_not_live_and_a_cancellation_stays() -> None:
    city = city_of_one_bus()
    city.publish(update(TODAY, LATE))
    city.wait(minutes=6)
    found = monitored(city)
    assert not found["Monitored"]
    assert found["MonitoredCall"]["DepartureStatus"] == "noReport"
    assert "ExpectedDepartureTime" not in found["MonitoredCall"]
    assert value(journey(city), "Monitored") == "false"
    city.publish(update(f"{TODAY} schedule_relationship: CANCELED"))
    city.wait(minutes=6)
    assert monitored(city)["MonitoredCall"]["DepartureStatus"] == "cancelled"
    assert value(journey(city), "Cancellation") == "true"


def test_a_cancelled_call_stays_until_its_time() -> None:
    city = city_of_one_bus()
    city.publish(update(f"{TODAY} schedule_relationship: CANCELED"))
    city.now = paris("08:10:59")
    assert monitored(city)["FramedVehicleJourneyRef"]["DataFrameRef"]["value"] == "2026-03-02"
    city.now = paris("08:11:01")
    assert monitored(city)["FramedVehicleJourneyRef"]["DataFrameRef"]["value"] == "2026-03-03"


def test_calls_that_are_over_are_recorded() -> None:
    city = city_of_one_bus()
    city.now = paris("08:15:00")
    city.publish(update(TODAY, LATE))
    found = journey(city)
    assert values(found, "RecordedCalls/RecordedCall/StopPointRef") == ["f:s1", "f:s2"]
    first, second = elements(found, "RecordedCall")
    # Nothing is known before the first stop update.
    assert value(first, "DepartureStatus") == "noReport"
    assert value(first, "ActualDepartureTime") is None
    assert value(second, "DepartureStatus") == "departed"
    assert value(second, "ActualDepartureTime") == "2026-03-02T08:13:00+01:00"
    assert values(found, "EstimatedCalls/EstimatedCall/ArrivalStatus") == ["delayed", "delayed"]
    city.now = paris("08:40:00")
    document = lite_xml(city.live.state, city.now, "estimated-timetable", LineRef="f:r")
    assert not elements(document, "EstimatedVehicleJourney")


def skipped(*stops: str) -> str:
    """Stop updates: today's bus does not call there."""
    relationship = "schedule_relationship: SKIPPED"
    return " ".join(f'stop_time_update {{ stop_id: "{each}" {relationship} }}' for each in stops)


def left_out(first: int, last: int) -> str:
    """TripModifications: today's bus leaves out these calls."""
    selectors = f"""start_stop_selector {{ stop_sequence: {first} }}
      end_stop_selector {{ stop_sequence: {last} }}"""
    return f"""entity {{ id: "m" trip_modifications {{ service_dates: "20260302"
      selected_trips {{ trip_ids: "t" }} modifications {{ {selectors} }} }} }}"""


def call_of(city: City, second: Any) -> dict[str, Any]:
    """The MonitoredCall of the second stop, which says what its call of a journey says."""
    call: dict[str, Any] = monitored(city)["MonitoredCall"]
    for name in ("Aimed{}Time", "Expected{}Time", "{}Status", "{}BoardingActivity"):
        for event in ("Arrival", "Departure"):
            assert value(second, name.format(event)) == call.get(name.format(event))
    return call


@pytest.mark.parametrize(
    "published", [update(TODAY, ON_TIME + skipped("s3", "s4")), left_out(3, 4)]
)
def test_a_run_cut_short_does_not_depart_from_its_new_terminus(published: str) -> None:
    city = city_of_one_bus()
    city.publish(published)
    call = call_of(city, elements(journey(city), "EstimatedCall")[1])
    assert monitored(city)["DestinationRef"] == {"value": "f:s2"}
    assert call["AimedDepartureTime"] == "2026-03-02T08:11:00+01:00"
    assert "ExpectedDepartureTime" not in call
    assert call["DepartureStatus"] == "cancelled"
    assert call["DepartureBoardingActivity"] == "noBoarding"
    assert call["ArrivalStatus"] in ("onTime", "noReport")
    assert "ArrivalBoardingActivity" not in call


def test_a_run_cut_short_is_over_when_it_arrives_at_its_new_terminus() -> None:
    city = city_of_one_bus()
    city.now = paris("08:10:30")
    city.publish(update(TODAY, ON_TIME + skipped("s3", "s4")))
    second = elements(journey(city), "RecordedCall")[1]
    assert value(second, "ArrivalStatus") == "arrived"
    assert value(second, "ActualArrivalTime") == "2026-03-02T08:10:00+01:00"
    assert value(second, "DepartureStatus") == "cancelled"
    assert value(second, "ActualDepartureTime") is None


@pytest.mark.parametrize("published", [update(TODAY, skipped("s1") + LATE), left_out(1, 1)])
def test_a_run_without_its_first_stop_does_not_arrive_at_the_next(published: str) -> None:
    city = city_of_one_bus()
    city.publish(published)
    call = call_of(city, elements(journey(city), "EstimatedCall")[1])
    assert call["AimedArrivalTime"] == "2026-03-02T08:10:00+01:00"
    assert "ExpectedArrivalTime" not in call
    assert call["ArrivalStatus"] == "cancelled"
    assert call["ArrivalBoardingActivity"] == "noAlighting"
    assert call["DepartureStatus"] in ("delayed", "noReport")
    assert "DepartureBoardingActivity" not in call


def test_a_run_that_continues_departs_from_its_last_known_stop() -> None:
    city = city_of_one_bus()
    city.now = paris("08:50:00")
    city.publish(update(NEW, stop("s2", "09:00:00")))
    document = lite_xml(city.live.state, city.now, "estimated-timetable")
    (only,) = elements(document, "EstimatedCall")
    call = call_of(city, only)
    assert call["ExpectedDepartureTime"] == "2026-03-02T09:00:00+01:00"
    assert call["DepartureStatus"] == "onTime"


def test_an_added_run_is_an_extra_journey() -> None:
    city = city_of_one_bus()
    city.now = paris("08:50:00")
    city.publish(update(NEW, EXTRA))
    document = lite_xml(city.live.state, city.now, "estimated-timetable")
    (found,) = elements(document, "EstimatedVehicleJourney")
    assert value(found, "ExtraJourney") == "true"
    assert value(found, "FramedVehicleJourneyRef/DatedVehicleJourneyRef") == "f:extra"
    # Its operator gave no schedule: it is neither late nor early.
    assert not elements(found, "AimedDepartureTime")
    assert values(found, "EstimatedCalls/EstimatedCall/ExpectedDepartureTime") == [
        "2026-03-02T09:00:00+01:00",
        "2026-03-02T09:10:00+01:00",
    ]


def test_the_filters_of_a_stop() -> None:
    city = city_of_one_bus()
    state, now = city.live.state, city.now

    def count(**query: Any) -> int:
        content = lite_json(state, now, "stop-monitoring", **{"MonitoringRef": "f:s2", **query})
        return len(monitored_journeys(content))

    assert count() == 7  # a week, as of the board
    assert count(maximumstopvisits=2) == 2
    assert count(MaximumStopVisits=1, MinimumStopVisitsPerLine=3) == 3
    assert count(PreviewInterval="PT1H") == 1
    assert count(PreviewInterval="PT30M") == 0
    assert count(LineRef="f:r", DirectionRef="unknown", PreviewInterval="P1D") == 1
    assert count(DirectionRef="1") == 0
    assert count(StartTime="2026-03-03T00:00:00+01:00", PreviewInterval="P1D") == 1

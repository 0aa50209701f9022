"""What SIRI says is what the merged GTFS-Realtime says, for every trip and stop of a region."""

from datetime import datetime
from pathlib import Path
from typing import Any

from google.transit import gtfs_realtime_pb2 as gtfs_rt
from region import Region, small_region
from siri_documents import Xml, elements, lite_xml, value

from mobilite.open_data.flows.merge_real_time import MessageType

LINES = ["tao:A", "tao:2", "tao:N", "remi:2"]
STOPS = ["tao:gare", "tao:martroi", "tao:loire", "remi:gare", "remi:blois"]


async def updates_of(region: Region) -> dict[str, Any]:
    """The trip updates of the merged message, by the reference of their journey in SIRI."""
    message = await region.real_time.message(MessageType.TRIP_UPDATES)
    found = {}
    for entity in gtfs_rt.FeedMessage.FromString(message.protobuf).entity:
        trip = entity.trip_update.trip
        frequency = trip.schedule_relationship == trip.UNSCHEDULED
        start = f":{trip.start_time}" if frequency else ""
        found[f"{trip.trip_id}{start}"] = entity.trip_update
    return found


def journeys_of(region: Region, **query: Any) -> dict[str, Xml]:
    city = region.city
    document = lite_xml(city.live.state, city.now, "estimated-timetable", **query)
    return {
        value(each, "FramedVehicleJourneyRef/DatedVehicleJourneyRef") or "": each
        for each in elements(document, "EstimatedVehicleJourney")
    }


def posix(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp())


async def test_every_trip_update_is_a_journey_and_every_stop_update_a_call(tmp_path: Path) -> None:
    region = small_region(tmp_path)
    updates, journeys = await updates_of(region), journeys_of(region, LineRef="ALL")
    assert set(updates) == set(journeys) == {"tao:a1", "tao:b1", "tao:plus", "tao:n:09:10:00"}
    compared = 0
    for name, update in updates.items():
        journey, relationship = journeys[name], update.trip.schedule_relationship
        assert value(journey, "LineRef") in ("", update.trip.route_id, *LINES)
        assert (value(journey, "Cancellation") == "true") == (relationship == update.trip.CANCELED)
        assert (value(journey, "ExtraJourney") == "true") == (relationship == update.trip.NEW)
        calls = {value(call, "Order"): call for call in elements(journey, "EstimatedCall")}
        for stop in update.stop_time_update:
            call = calls[str(stop.stop_sequence)]
            skipped = stop.schedule_relationship == stop.SKIPPED
            assert (value(call, "Cancellation") == "true") == skipped
            for event, what in ((stop.arrival, "Arrival"), (stop.departure, "Departure")):
                if event.time:
                    assert posix(value(call, f"Expected{what}Time")) == event.time
                    compared += 1
    assert compared == 5
    # The delay of the first stop holds until the terminus; a cancelled trip predicts nothing.
    last = elements(journeys["tao:a1"], "EstimatedCall")[-1]
    assert value(last, "ArrivalStatus") == "delayed"
    assert not elements(journeys["tao:b1"], "ExpectedDepartureTime")


async def test_a_stop_and_its_journeys_agree(tmp_path: Path) -> None:
    region = small_region(tmp_path)
    city, compared = region.city, 0
    journeys = journeys_of(region, LineRef=LINES, PreviewInterval="P1D")
    for stop in STOPS:
        document = lite_xml(
            city.live.state,
            city.now,
            "stop-monitoring",
            MonitoringRef=stop,
            PreviewInterval="PT12H",
            MaximumStopVisits=100,
        )
        board = city.departures(stop, limit=100)
        at_stop = elements(document, "MonitoredVehicleJourney")
        assert at_stop or stop == "remi:blois"  # a terminus: nothing leaves
        for monitored, line in zip(at_stop, board, strict=False):
            journey = journeys[
                value(monitored, "FramedVehicleJourneyRef/DatedVehicleJourneyRef") or ""
            ]
            (call,) = [
                each
                for each in elements(journey, "EstimatedCall")
                if value(each, "Order") == value(monitored, "MonitoredCall/Order")
            ]
            for name in ("StopPointRef", "AimedDepartureTime", "ExpectedDepartureTime"):
                assert value(call, name) == value(monitored, f"MonitoredCall/{name}")
            for name in ("DepartureStatus", "ArrivalStatus", "AimedArrivalTime"):
                assert value(call, name) == value(monitored, f"MonitoredCall/{name}")
            assert line["stop_id"] == value(monitored, "MonitoredCall/StopPointRef")
            assert line["predicted"] == value(monitored, "MonitoredCall/ExpectedDepartureTime")
            assert line["scheduled"] in (
                value(monitored, "MonitoredCall/AimedDepartureTime"),
                line["predicted"],
            )
            compared += 1
    assert compared == 18

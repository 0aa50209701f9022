"""Alerts as situations and general messages."""

from alert_messages import TOWN, alert, period, text
from boards import City, paris
from siri_documents import elements, lite_json, lite_xml, value, values

EIGHT = int(paris("08:00:00").timestamp())
SELECTORS = (
    'route_id: "tram" direction_id: 0 stop_id: "lac"',
    'stop_id: "gare"',
    'trip { trip_id: "t1" start_date: "20260302" }',
    'trip { trip_id: "t2" } stop_id: "lac"',
    "route_type: 0",
    'agency_id: "a"',
)


def town(*alerts: str) -> City:
    city = City(now=paris("07:30:00"))
    city.schedule(TOWN)
    city.publish("\n".join(alerts))
    return city


def test_an_alert_is_a_situation_with_what_it_affects() -> None:
    more = "cause: STRIKE effect: NO_SERVICE severity_level: SEVERE " + text(
        "description_text", ("Grève & <blocage>", "fr"), ("Strike", "en")
    )
    city = town(alert("one", *SELECTORS, more=f"{more} {period(EIGHT, EIGHT + 3600)}"))
    document = lite_xml(city.live.state, city.now, "situation-exchange")
    (found,) = elements(document, "PtSituationElement")
    assert value(found, "SituationNumber") == "f:0:one"
    assert value(found, "Progress") == "published"
    assert values(found, "ValidityPeriod/StartTime") == ["2026-03-02T08:00:00+01:00"]
    assert values(found, "ValidityPeriod/EndTime") == ["2026-03-02T09:00:00+01:00"]
    assert value(found, "AlertCause") == "industrialAction"
    assert value(found, "Severity") == "severe"
    assert values(found, "Description") == ["Grève & <blocage>", "Strike"]
    assert values(found, "Consequences/Consequence/Condition") == ["noService"]
    affects = "Affects"
    line = f"{affects}/Networks/AffectedNetwork/AffectedLine"
    assert values(found, f"{line}/LineRef") == ["f:tram"]
    assert values(found, f"{line}/Direction/DirectionRef") == ["0"]
    assert values(found, f"{line}/StopPoints/AffectedStopPoint/StopPointRef") == ["f:lac"]
    assert values(found, f"{affects}/StopPoints/AffectedStopPoint/StopPointRef") == ["f:gare"]
    journey = f"{affects}/VehicleJourneys/AffectedVehicleJourney"
    framed = f"{journey}/FramedVehicleJourneyRef"
    assert values(found, f"{framed}/DataFrameRef") == ["2026-03-02"]
    assert values(found, f"{framed}/DatedVehicleJourneyRef") == ["f:t1"]
    assert values(found, f"{journey}/VehicleJourneyRef") == ["f:t2"]
    assert values(found, f"{journey}/Calls/Call/StopPointRef") == ["f:lac"]
    assert values(found, f"{affects}/Networks/AffectedNetwork/VehicleMode") == ["tram"]
    assert values(found, f"{affects}/Operators/AffectedOperator/OperatorRef") == ["f:a"]


def test_an_alert_that_is_over_is_closed_as_long_as_it_is_published() -> None:
    city = town(alert("one", more=period(None, EIGHT)))
    content = lite_json(city.live.state, paris("08:30:00"), "situation-exchange")
    (found,) = content["Situations"]["PtSituationElement"]
    assert found["Progress"] == "closed"
    assert found["Affects"]["Operators"]["AffectedOperator"] == [{"OperatorRef": {"value": "f:a"}}]
    city.publish("")
    assert lite_json(city.live.state, city.now, "situation-exchange") == {}


def test_a_period_without_a_start_does_not_begin_after_its_end() -> None:
    over = alert("one", more=period(None, EIGHT))
    city = town(over)
    city.now = paris("08:30:00")
    city.publish(over)
    content = lite_json(city.live.state, city.now, "situation-exchange")
    (found,) = content["Situations"]["PtSituationElement"]
    eight = "2026-03-02T08:00:00+01:00"
    assert found["ValidityPeriod"] == [{"StartTime": eight, "EndTime": eight}]


def test_a_general_message_is_in_effect() -> None:
    city = town(alert("info", more=f"severity_level: INFO {period(EIGHT, EIGHT + 3600)}"))
    state = city.live.state
    assert lite_json(state, paris("07:59:59"), "general-message") == {}
    (found,) = lite_json(state, paris("08:00:00"), "general-message")["GeneralMessage"]
    assert found["ValidUntilTime"] == "2026-03-02T09:00:00+01:00"
    assert lite_json(state, paris("09:00:00"), "general-message") == {}


def test_situations_of_a_line_or_a_stop() -> None:
    city = town(alert("one", 'route_id: "bus"'), alert("two", 'stop_id: "lac"'))

    def numbers(**query: object) -> list[str]:
        document = lite_xml(city.live.state, city.now, "situation-exchange", **query)
        return [
            value(each, "SituationNumber") or ""
            for each in elements(document, "PtSituationElement")
        ]

    assert numbers() == numbers(LineRef="ALL") == ["f:0:one", "f:0:two"]
    assert numbers(LineRef="f:bus") == ["f:0:one"]
    assert numbers(StopPointRef="f:lac") == ["f:0:two"]
    assert numbers(LineRef="f:bus", StopPointRef="f:lac") == ["f:0:one", "f:0:two"]


def test_a_general_message_is_never_a_disruption() -> None:
    information = alert("info", 'stop_id: "lac"', header="Fête", more="severity_level: INFO")
    city = town(alert("works", 'route_id: "bus"'), information)
    state, now = city.live.state, city.now
    (found,) = lite_json(state, now, "general-message")["GeneralMessage"]
    assert found["InfoMessageIdentifier"] == {"value": "f:0:info"}
    assert found["InfoChannelRef"] == {"value": "Information"}
    assert found["Content"] == {
        "StopPointRef": [{"value": "f:lac"}],
        "Message": [
            {"MessageType": "shortMessage", "MessageText": [{"value": "Fête", "lang": "fr"}]}
        ],
    }
    assert lite_json(state, now, "general-message", InfoChannelRef="Information") != {}
    assert lite_json(state, now, "general-message", InfoChannelRef="Perturbation") == {}

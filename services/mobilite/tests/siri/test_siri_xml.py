"""`POST /siri/2.1`: requests in XML, and what is refused."""

from xml.etree import ElementTree

import pytest
from boards import TODAY, City, city_of_one_bus, update
from siri_documents import NAMES, Xml, elements, value, values

from mobilite.siri.api.siri_xml import answer_xml

DELIVERY = "ServiceDelivery"


@pytest.fixture
def city() -> City:
    city = city_of_one_bus()
    city.publish(update(TODAY, 'stop_time_update { stop_id: "s1" departure { delay: 60 } }'))
    return city


def post(city: City, content: str, status: int = 200) -> Xml:
    body = f'<Siri xmlns="{NAMES["s"]}" version="2.1">{content}</Siri>'
    return post_body(city, body.encode(), status)


def post_body(city: City, body: bytes, status: int = 200) -> Xml:
    given, answer = answer_xml(city.live.state, body, city.now)
    assert given == status, answer.decode()
    return ElementTree.fromstring(answer)


def test_several_requests_have_a_delivery_each(city: City) -> None:
    document = post(
        city,
        """<ServiceRequest><RequestorRef>me</RequestorRef><MessageIdentifier>m</MessageIdentifier>
        <StopMonitoringRequest version="2.1"><MessageIdentifier>1</MessageIdentifier>
          <MonitoringRef>f:s1</MonitoringRef><MaximumStopVisits>1</MaximumStopVisits>
        </StopMonitoringRequest>
        <StopMonitoringRequest><MonitoringRef>f:nowhere</MonitoringRef></StopMonitoringRequest>
        <EstimatedTimetableRequest><PreviewInterval>PT2H</PreviewInterval><Lines>
          <LineDirection><LineRef>f:r</LineRef></LineDirection></Lines></EstimatedTimetableRequest>
        <VehicleMonitoringRequest/><SituationExchangeRequest/><GeneralMessageRequest/>
        </ServiceRequest>""",
    )
    assert value(document, f"{DELIVERY}/RequestMessageRef") == "m"
    assert value(document, f"{DELIVERY}/Status") == "false"
    first, second = elements(document, "StopMonitoringDelivery")
    assert (value(first, "RequestMessageRef"), value(first, "Status")) == ("1", "true")
    assert len(elements(first, "MonitoredStopVisit")) == 1
    assert value(second, "Status") == "false"
    assert elements(second, "InvalidDataReferencesError")
    (timetable,) = elements(document, "EstimatedTimetableDelivery")
    assert values(timetable, "EstimatedJourneyVersionFrame/EstimatedVehicleJourney/LineRef") == [
        "f:r"
    ]
    for name in ("VehicleMonitoring", "SituationExchange", "GeneralMessage"):
        (each,) = elements(document, f"{name}Delivery")
        assert value(each, "Status") == "true"


def test_discovery_and_status(city: City) -> None:
    stops = post(
        city,
        """<StopPointsRequest><BoundingBox>
        <UpperLeft><Longitude>-10</Longitude><Latitude>60</Latitude></UpperLeft>
        <LowerRight><Longitude>10</Longitude><Latitude>40</Latitude></LowerRight>
        </BoundingBox></StopPointsRequest>""",
    )
    found = values(stops, "StopPointsDelivery/AnnotatedStopPointRef/StopPointRef")
    assert found == ["f:s1", "f:s2", "f:s3", "f:s4"]
    lines = post(city, "<LinesRequest/>")
    assert values(lines, "LinesDelivery/AnnotatedLineRef/LineRef") == ["f:r"]
    assert values(lines, "LinesDelivery/AnnotatedLineRef/Monitored") == ["true"]
    status = post(
        city, "<CheckStatusRequest><MessageIdentifier>7</MessageIdentifier></CheckStatusRequest>"
    )
    assert value(status, "CheckStatusResponse/Status") == "true"
    assert value(status, "CheckStatusResponse/RequestMessageRef") == "7"


def test_what_is_not_served_is_refused_in_the_words_of_siri(city: City) -> None:
    document = post(city, "<SubscriptionRequest/>")
    assert value(document, "SubscriptionResponse/ResponseStatus/Status") == "false"
    assert elements(document, "CapabilityNotSupportedError")
    for content in (
        "<ServiceRequest><StopTimetableRequest/></ServiceRequest>",
        "<TerminateSubscriptionRequest/>",
    ):
        document = post(city, content)
        assert value(document, f"{DELIVERY}/Status") == "false"
        assert elements(document, "CapabilityNotSupportedError")
    document = post(city, f"<ServiceRequest>{'<VehicleMonitoringRequest/>' * 2}</ServiceRequest>")
    assert len(elements(document, "AllowedResourceUsageExceededError")) == 1
    document = post(
        city,
        """<ServiceRequest><StopMonitoringRequest><MonitoringRef>f:s1</MonitoringRef>
        <PreviewInterval>deux heures</PreviewInterval></StopMonitoringRequest></ServiceRequest>""",
    )
    assert elements(document, "OtherError")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"<Siri/>", 400),
        (f'<Siri xmlns="{NAMES["s"]}"/>'.encode(), 400),
        (f'<Siri xmlns="{NAMES["s"]}"><ServiceRequest>'.encode(), 400),
        (b'<?xml version="1.0" encoding="latin-1"?><Siri/>', 400),
        ("<Siri/>".encode("utf-16"), 400),
        (b'<!DOCTYPE Siri [<!ENTITY a "x">]><Siri>&a;</Siri>', 400),
        (f'<Siri xmlns="{NAMES["s"]}">'.encode() + b"<a>" * 30, 413),
        (f'<Siri xmlns="{NAMES["s"]}"><ServiceRequest>'.encode() + b"<a/>" * 2_500, 413),
    ],
)
def test_hostile_and_broken_bodies(city: City, body: bytes, status: int) -> None:
    document = post_body(city, body, status)
    assert value(document, f"{DELIVERY}/Status") == "false"
    # The XSD allows no other error for a ServiceDelivery that cannot be read.
    assert value(document, f"{DELIVERY}/ErrorCondition/OtherError/ErrorText")
    assert len(elements(document, "Description")) == 1

"""Answers of SIRI as a reader takes them: XML by path, JSON by member."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from mobilite.siri.api.deliveries import Delivery
from mobilite.siri.api.parameters import Parameters
from mobilite.siri.api.services import SERVICES, deliver
from mobilite.siri.api.siri_lite import lite_document
from mobilite.siri.api.tree import json_of
from mobilite.siri.api.xml_writer import xml_of
from mobilite.siri.ports import SiriState

NAMES = {"s": "http://www.siri.org.uk/siri"}
Xml = ElementTree.Element


def deliveries(state: SiriState, now: datetime, name: str, **query: Any) -> Sequence[Delivery]:
    """The deliveries of a service; a list repeats a parameter."""
    pairs = [
        (each, str(value))
        for each, values in query.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return deliver(SERVICES[name], state, Parameters(pairs), now)


def lite_xml(state: SiriState, now: datetime, name: str, **query: Any) -> Xml:
    """The document of a service, in XML."""
    made = deliveries(state, now, name, **query)
    return ElementTree.fromstring(xml_of(lite_document(SERVICES[name], made, now)))


def lite_json(state: SiriState, now: datetime, name: str, **query: Any) -> Any:
    """The content of the first delivery of a service, in JSON."""
    return json_of(deliveries(state, now, name, **query)[0].content)


def values(element: Xml, path: str) -> list[str]:
    """The texts at a path, such as `.//LineRef`."""
    steps = [step if step in ("", ".") else f"s:{step}" for step in path.split("/")]
    return [each.text or "" for each in element.findall("/".join(steps), NAMES)]


def value(element: Xml, path: str) -> str | None:
    """The only text at a path; None if there is none."""
    found = values(element, path)
    assert len(found) < 2, (path, found)
    return found[0] if found else None


def elements(element: Xml, path: str) -> list[Xml]:
    """The elements of that name, at any depth."""
    return element.findall(f".//s:{path}", NAMES)


def monitored_journeys(content: Mapping[str, Any]) -> list[Any]:
    """The journeys of a StopMonitoringDelivery in JSON."""
    return [each["MonitoredVehicleJourney"] for each in content.get("MonitoredStopVisit", [])]

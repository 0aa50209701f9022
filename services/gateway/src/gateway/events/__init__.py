"""The events that the gateway publishes, and the tables that it follows.

It follows `pilotes.pilot.v1` and `pilotes.consent.v1` (pilots and consents), and publishes
`gateway.pilot-exposed.v1` (people served in a pilot), `gateway.request-served.v2` (usage) and
`gateway.fact-seen.v1` (facts that services report).
"""

from gateway.events.consent import ConsentV1
from gateway.events.exposure import PilotExposedV1
from gateway.events.fact_seen import FactSeenV1
from gateway.events.pilot import PilotArm, PilotPlace, PilotState, PilotV1
from gateway.events.request_served import RequestServedV2, ServedInPilot, ServedLine

__all__ = [
    "ConsentV1",
    "FactSeenV1",
    "PilotArm",
    "PilotExposedV1",
    "PilotPlace",
    "PilotState",
    "PilotV1",
    "RequestServedV2",
    "ServedInPilot",
    "ServedLine",
]

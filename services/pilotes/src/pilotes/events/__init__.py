"""The events that pilotes publishes and consumes.

It publishes two tables for the gateway, the pilots and the consents (`pilotes.pilot.v1`,
`pilotes.consent.v1`), and consumes exposures, served requests and the facts that are reported.
"""

from pilotes.events.consent import ConsentV1
from pilotes.events.pilot import PilotArm, PilotPlace, PilotState, PilotSwitch, PilotV1
from pilotes.events.usage import FactSeenV1, PilotExposedV1, RequestServedV2, ServedInPilot

__all__ = [
    "ConsentV1",
    "FactSeenV1",
    "PilotArm",
    "PilotExposedV1",
    "PilotPlace",
    "PilotState",
    "PilotSwitch",
    "PilotV1",
    "RequestServedV2",
    "ServedInPilot",
]

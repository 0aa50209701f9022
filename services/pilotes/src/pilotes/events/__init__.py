"""The events that pilotes publishes and consumes.

It publishes two tables for the gateway, the pilots and the consents (`pilotes.pilot.v1`,
`pilotes.consent.v1`), and consumes exposures and served requests.
"""

from pilotes.events.consent import ConsentV1
from pilotes.events.pilot import PilotArm, PilotState, PilotV1
from pilotes.events.usage import PilotExposedV1, RequestServedV2, ServedInPilot

__all__ = [
    "ConsentV1",
    "PilotArm",
    "PilotExposedV1",
    "PilotState",
    "PilotV1",
    "RequestServedV2",
    "ServedInPilot",
]

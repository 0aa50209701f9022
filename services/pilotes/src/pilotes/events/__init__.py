"""What pilotes tells the other services, and what it hears of the door.

It tells the pilots and who agreed to take part, tables of the gateway (`pilotes.pilot.v1`,
`pilotes.consent.v1`), and hears whom they reached and what was used on them.
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

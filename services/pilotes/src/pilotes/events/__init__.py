"""What pilotes tells the other services: the pilots and who agreed to take part.

Both are tables of the gateway (`pilotes.pilot.v1`, `pilotes.consent.v1`).
"""

from pilotes.events.consent import ConsentV1
from pilotes.events.pilot import PilotArm, PilotState, PilotV1

__all__ = ["ConsentV1", "PilotArm", "PilotState", "PilotV1"]

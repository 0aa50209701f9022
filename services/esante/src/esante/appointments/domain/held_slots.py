"""Which slots an Appointment holds. https://hl7.org/fhir/R4/appointment.html"""

from typing import Any, Final

APPOINTMENT: Final = "Appointment"
SLOT: Final = "Slot"
_HOLDING: Final = frozenset({"pending", "booked", "arrived", "checked-in", "fulfilled"})
"""Statuses of an Appointment that takes the time of its slots."""


def held_slots(appointment: dict[str, Any], *, base: str) -> tuple[str, ...]:
    """The ids of the slots of this server that an Appointment holds, in one order."""
    if appointment.get("status") not in _HOLDING:
        return ()
    references = [str(each.get("reference", "")) for each in appointment.get("slot", [])]
    local = [each.removeprefix(f"{base}/").split("/_history/")[0] for each in references]
    return tuple(sorted({each[5:] for each in local if each.startswith("Slot/")}))

"""Which slots an Appointment holds. https://hl7.org/fhir/R4/appointment.html"""

from typing import Any, Final

from esante.search.domain.search_extractors.references import local_target

APPOINTMENT: Final = "Appointment"
SLOT: Final = "Slot"
_HOLDING: Final = frozenset({"pending", "booked", "arrived", "checked-in", "fulfilled"})
"""Statuses of an Appointment that takes the time of its slots."""


def held_slots(appointment: dict[str, Any], *, base: str) -> tuple[str, ...]:
    """The ids of the slots of this server that an Appointment holds, in one order."""
    if appointment.get("status") not in _HOLDING:
        return ()
    references = (str(each.get("reference", "")) for each in appointment.get("slot", []))
    targets = (local_target(each, base) for each in references)
    return tuple(sorted({each[1] for each in targets if each is not None and each[0] == SLOT}))

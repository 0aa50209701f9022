"""Fields of forms: who decides, after which reading, and what entitles a second signer."""

from datetime import date
from typing import Final, get_args

from pilotes.http.api.forms import Form
from pilotes.people.domain.capacity import (
    Assistance,
    CapacityType,
    JointCapacity,
    Mandate,
    MandateScope,
    MandateType,
)
from pilotes.record.domain.notice import Notice
from pilotes.record.domain.readings import ReadingType

MANDATE_TYPES: Final[tuple[MandateType, ...]] = (
    "guardian",
    "family_authorisation",
    "protection_mandate",
)
"""What entitles to sign for an adult, in the order of the page."""
SCOPES: Final[tuple[MandateScope, ...]] = get_args(MandateScope)


def read_capacity(form: Form) -> CapacityType:
    """In which capacity the person decides; alone, unless they chose another."""
    chosen = form.get("capacity")
    return next((each for each in get_args(CapacityType) if each == chosen), "self")


def read_assistance(form: Form) -> Assistance | None:
    """Who helped the person; None: nobody."""
    chosen = form.get("assisted_by")
    return next((each for each in get_args(Assistance) if each == chosen), None)


def read_reading(form: Form) -> ReadingType:
    """The reading of the notice that the person chose; the plain text, unless they chose
    another."""
    chosen = form.get("reading")
    return next((each for each in get_args(ReadingType) if each == chosen), "plain")


def offered_reading(name: str, notice: Notice) -> ReadingType:
    """The reading of that name; the plain text if the notice has no such reading."""
    return next((each for each in notice.readings if each == name), "plain")


def read_mandate(form: Form, capacity: JointCapacity) -> Mandate | str:
    """What entitles the second signer; the name of the text that states what is wrong instead, if
    it cannot be read."""
    if capacity == "child":
        return Mandate("parent") if form.get("mandate") == "parent" else "parent_missing"
    mandate = next((each for each in MANDATE_TYPES if each == form.get("mandate")), None)
    scope = next((each for each in SCOPES if each == form.get("scope")), None)
    if mandate is None or scope is None:
        return "choice_missing"
    try:
        ends_on = _read_day(typed) if (typed := form.get("ends_on").strip()) else None
    except ValueError:
        return "ends_on_wrong"
    return Mandate(mandate, scope, ends_on)


def _read_day(typed: str) -> date:
    """A day as people write it, 31/12/2027, or as a date field sends it, 2027-12-31. Raises
    ValueError."""
    return date.fromisoformat("-".join(reversed(typed.split("/"))))

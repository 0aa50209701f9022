"""What a station or a vehicle offers for rent now, and its form factor."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from mobilite.gtfs.domain.enumerations import FORM_FACTORS, FormFactor

_BIT: Final[Mapping[FormFactor, int]] = {form: 1 << n for n, form in enumerate(FORM_FACTORS)}
FormSet = int
"""A set of form factors, one bit each, so that thousands of stations are compared at once."""


def form_set(forms: Iterable[FormFactor]) -> FormSet:
    """These form factors as one set."""
    found = 0
    for form in forms:
        found |= _BIT[form]
    return found


def matching_forms(wanted: FormFactor) -> FormSet:
    """Every form factor that matches the wanted one."""
    return form_set(form for form in FORM_FACTORS if same_form(wanted, form))


class Forms:
    """The form factors of one system's vehicle types. If the system describes no types, all its
    vehicles are bicycles without motor.

    https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#vehicle_typesjson
    """

    def __init__(self, types: Mapping[str, FormFactor]) -> None:
        """`types`: by id of the vehicle type."""
        self._types = {type_id: _BIT[form] for type_id, form in types.items()}
        self.any: FormSet = form_set(set(types.values())) if types else _BIT["bicycle"]
        """All forms that the system has."""

    def of_vehicle(self, type_id: str | None) -> FormSet:
        """The form of a vehicle; the empty set if its type is not described. If its type is not
        given, the form of the system if it has only one."""
        if self._types and type_id is not None:
            return self._types.get(type_id, 0)
        return self._single

    def of_station(self, counts: Collection[tuple[str, int]]) -> tuple[FormSet, FormSet]:
        """The forms that a station can offer, and those that it has now.

        `counts`: type id and number of vehicles. If there are none: all forms of the system, and
        as those it has now the form of the system if it has only one.
        """
        if not counts or not self._types:
            return self.any, self._single
        described = now = 0
        for type_id, count in counts:
            form = self._types.get(type_id, 0)
            described |= form
            now |= form if count else 0
        return described, now

    @property
    def _single(self) -> FormSet:
        return self.any if self.any.bit_count() == 1 else 0


def can_rent(vehicles: int | None, *, installed: bool | None, renting: bool | None) -> bool | None:
    """Whether a vehicle can be rented at a station; None if unknown.

    `vehicles`: how many are available. `installed`, `renting`: as in station_status.
    """
    if installed is False or renting is False or vehicles == 0:
        return False
    return True if vehicles and renting else None


def same_form(wanted: FormFactor, found: FormFactor) -> bool:
    """Whether a vehicle of the form `found` matches a query for `wanted`. `scooter` matches every
    kick scooter, and a vehicle of the form `scooter` matches both more precise forms."""
    scooters = ("scooter", "scooter_standing", "scooter_seated")
    if wanted in scooters and found in scooters:
        return "scooter" in (wanted, found) or wanted == found
    return wanted == found

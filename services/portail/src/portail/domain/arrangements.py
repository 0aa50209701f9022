"""What people arrange for a leg of a journey: a booking, a rented vehicle, a place to park."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_PHONE: Final = re.compile(r"\s*\+?(?:[\s.\-/()]*[0-9]){3,15}[\s.]*")


@dataclass(frozen=True, slots=True)
class Booking:
    """How to book a ride on demand."""

    until: datetime
    opens: datetime | None = None
    """None: it can be booked at any time before `until`."""
    message: str | None = None
    """As the operator writes it."""
    phone: str | None = None
    info_url: str | None = None
    booking_url: str | None = None

    @property
    def telephone(self) -> str | None:
        """The number to dial, as RFC 3966 writes it; None if the text is not just a number."""
        text = self.phone or ""
        if not _PHONE.fullmatch(text):
            return None
        # « +33 (0)2 »: the 0 is dialled within the country only.
        international = text.strip().startswith("+")
        digits = re.sub(r"\D", "", text.replace("(0)", "") if international else text)
        return ("+" if international else "") + digits


@dataclass(frozen=True, slots=True)
class Rental:
    """A rented bicycle or scooter, by what its stations reported; None if that is too old."""

    system: str
    vehicles_available: int | None
    docks_available: int | None
    rental_url: str | None = None


@dataclass(frozen=True, slots=True)
class Parking:
    """The park-and-ride where the car stays. None: not known."""

    capacity: int | None = None
    park_and_ride: int | None = None
    """Places at the price of the park-and-ride."""
    disabled: int | None = None
    """Those for people with reduced mobility."""
    free: bool | None = None
    max_height: int | None = None
    """Of a car, in centimetres; None also if there is no limit."""
    info: str | None = None
    """As the operator writes it."""
    url: str | None = None

    @property
    def spaces(self) -> int | None:
        """Places that people who go on by public transport can use."""
        return self.park_and_ride or self.capacity or None

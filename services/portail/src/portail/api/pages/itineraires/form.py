"""The form of journeys: what the reader entered, and the addresses of searches like it."""

from collections.abc import Mapping
from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final, Literal, get_args
from urllib.parse import urlencode

from fastapi import Depends, Query

from portail.api.parameters import Name
from portail.domain.found_places import FoundPlace
from portail.domain.journeys import JourneyWishes
from portail.domain.place import is_point
from portail.domain.rental import RentalPlace
from portail.flows.find_journeys import Chosen, FoundJourneys, Wanted

Id = Annotated[str, Query(max_length=300)]
Direction = Literal["partir", "arriver"]
"""Whether the time is that of the departure or of the arrival."""
WhichDay = Literal["", "aujourdhui", "demain", "autre"]
"""The button of the day; `autre`, and none in a link: the date that is entered counts."""
Vehicle = Literal["", "bicycle", "aboard", "shared_bicycle", "shared_scooter", "car"]
"""Which bicycle, or scooter, the reader rides to stops and from them, or that they drive to a
park-and-ride; empty: none."""
VEHICLES: Final = get_args(Vehicle)
Pace = Literal["lente", "normale", "rapide"]
"""How fast the reader walks."""
SPEEDS: Final[Mapping[Pace, float | None]] = {"lente": 3, "normale": None, "rapide": 6}
"""Kilometres an hour; None: that of the API."""
Walk = Literal["500", "", "2000", "5000"]
"""Metres at most of each way on foot; empty: the thousand of the API."""
WALKS: Final = get_args(Walk)


_YEARS: Final = range(1991, 2100)
_END_OF_SERVICE: Final = "03:00"
"""Before it people arrive by the last vehicles of the day before."""


def service_day(instant: datetime) -> date:
    """The day of a departure as people count it: until three at night, that of the evening."""
    return (instant - timedelta(hours=3)).date()


class JourneyForm:
    """What the reader entered."""

    def __init__(
        self,
        origin: Wanted,
        destination: Wanted,
        direction: Direction,
        day: str,
        clock: str,
        *,
        pace: Pace,
        walk: Walk,
        vehicle: Vehicle,
        wheelchair: bool,
        sent: bool,
        which_day: WhichDay = "",
    ) -> None:
        self.origin, self.destination = origin, destination
        self.sent = sent
        """Whether the form was sent: a link to it can give only one of the places."""
        self.direction: Direction = direction
        self.day, self.clock = day, clock
        self._which_day: WhichDay = which_day
        self.pace: Pace = pace
        self.walk: Walk = walk
        self.vehicle: Vehicle = vehicle
        self.wheelchair = wheelchair

    @property
    def wishes(self) -> JourneyWishes:
        """What the reader accepts."""
        aboard = self.vehicle == "aboard"
        vehicle = "bicycle" if aboard else self.vehicle or None
        walk = int(self.walk) if self.walk else None
        return JourneyWishes(vehicle, aboard, SPEEDS[self.pace], walk, self.wheelchair)

    @property
    def complete(self) -> bool:
        """Whether both places are given."""
        return bool(self.origin.text.strip() and self.destination.text.strip())

    @property
    def is_private(self) -> bool:
        """Whether a page with it must not be stored."""
        return self.origin.is_private or self.destination.is_private

    def changed(self, *, vehicle: Vehicle | None = None, walk: Walk | None = None) -> "JourneyForm":
        """The same with another vehicle, or another distance on foot."""
        other = copy(self)
        other.vehicle = self.vehicle if vehicle is None else vehicle
        other.walk = self.walk if walk is None else walk
        return other

    def on(self, departure: datetime) -> "JourneyForm":
        """The same for a departure at another time."""
        other = copy(self)
        other.direction, other.day = "partir", str(departure.date())
        other.clock = f"{departure:%H:%M}"
        return other

    def settle_day(self, now: datetime) -> None:
        """Replaces the button of the day by its date; today's is an empty one."""
        if self._which_day == "aujourdhui":
            self.day = ""
        elif self._which_day == "demain":
            self.day = str(now.date() + timedelta(days=1))

    def which_day(self, now: datetime) -> WhichDay:
        """The button that stands for the day of the form."""
        if not self.day:
            return "aujourdhui"
        return "demain" if self.day == str(now.date() + timedelta(days=1)) else "autre"

    def instant(self, now: datetime) -> datetime | None:
        """The time of the form, without a time zone: that of the place where one leaves, or
        arrives. None for now. Without a day, a time of arrival that has passed today is
        tomorrow's. Raises ValueError for a time that is none, and for an arrival without one."""
        if self.lacks_clock:
            raise ValueError(self.clock)
        if not self.day and not self.clock:
            return None
        day = date.fromisoformat(self.day) if self.day else now.date()
        clock = time.fromisoformat(self.clock) if self.clock else time(0)
        if day.year not in _YEARS or clock.tzinfo is not None:
            raise ValueError(self.day)
        passed = clock < now.time().replace(second=0, microsecond=0)
        if passed and self.direction == "arriver" and not self.day:
            day += timedelta(days=1)
        return datetime.combine(day, clock)

    @property
    def lacks_clock(self) -> bool:
        """Whether the time of the arrival is missing."""
        return self.direction == "arriver" and not self.clock

    @property
    def last_departures_of(self) -> date | None:
        """The day whose last departures are searched for, as `address` writes it; None for
        another search. Raises ValueError for a day that is none."""
        if self.direction != "arriver" or self.clock != _END_OF_SERVICE or not self.day:
            return None
        return date.fromisoformat(self.day) - timedelta(days=1)

    def wanted_date(self, now: datetime) -> date | None:
        """The day of the form, which is today unless it is given; None for one that is none."""
        try:
            day = date.fromisoformat(self.day) if self.day else now.date()
        except ValueError:
            return None
        return day if day.year in _YEARS else None

    def address(
        self,
        found: FoundJourneys | None,
        *,
        origin: FoundPlace | None = None,
        destination: FoundPlace | None = None,
        cursor: str | None = None,
        swapped: bool = False,
        last_of: date | None = None,
        timeless: bool = False,
    ) -> str:
        """The address of the same search with other places, of another page, of the way back, of
        the last journeys of a day, or at any time (`timeless`)."""
        start = _ends(self.origin, None if found is None else found.origin, origin)
        end = _ends(self.destination, None if found is None else found.destination, destination)
        if swapped:
            start, end = end, start
        query = {
            **dict(zip(("de", "de_nom", "de_lieu"), start, strict=True)),
            **dict(zip(("vers", "vers_nom", "vers_lieu"), end, strict=True)),
            "sens": self.direction if last_of is None else "arriver",
            "jour": self.day if last_of is None else str(last_of + timedelta(days=1)),
            "heure": self.clock if last_of is None else _END_OF_SERVICE,
            "marche": None if self.pace == "normale" else self.pace,
            "a_pied": self.walk,
            "velo": self.vehicle,
            "fauteuil": "oui" if self.wheelchair else None,
            "suite": cursor,
        }
        if timeless:
            query |= {"sens": None, "jour": None, "heure": None}
        given = {name: value for name, value in query.items() if value}
        return "/itineraires?" + urlencode(given)


def _ends(wanted: Wanted, chosen: Chosen | None, other: FoundPlace | None) -> tuple[str, str, str]:
    """The text, the name and the id of a place in an address."""
    if other is not None:
        return other.name, other.name, other.id
    if chosen is None or wanted.is_point:
        return wanted.text, "", ""
    return chosen.name, chosen.name, chosen.id


def _wanted(text: str | None, place_id: str, name: str) -> Wanted:
    if not place_id or name != text:
        return Wanted(text or "")
    return Wanted(text, place_id.replace(" ", "") if is_point(place_id) else place_id)


async def journey_form(
    de: Name | None = None,
    vers: Name | None = None,
    de_lieu: Id = "",
    de_nom: Name = "",
    vers_lieu: Id = "",
    vers_nom: Name = "",
    sens: Direction = "partir",
    quel_jour: WhichDay = "",
    jour: Name = "",
    heure: Name = "",
    marche: Pace = "normale",
    a_pied: Walk = "",
    velo: Vehicle = "",
    fauteuil: Literal["", "oui"] = "",
) -> JourneyForm:
    """The form of a request. The id of a place counts as long as its name stays in the field."""
    origin, destination = _wanted(de, de_lieu, de_nom), _wanted(vers, vers_lieu, vers_nom)
    sent = de is not None and vers is not None
    return JourneyForm(
        origin,
        destination,
        sens,
        jour.strip(),
        heure.strip(),
        pace=marche,
        walk=a_pied,
        vehicle=velo,
        wheelchair=bool(fauteuil),
        sent=sent,
        which_day=quel_jour,
    )


def addresses_of_place(place_id: str, name: str) -> tuple[str, str]:
    """The addresses of the form with a place as the origin, and as the destination."""
    start, end = (
        urlencode({side: name, f"{side}_nom": name, f"{side}_lieu": place_id})
        for side in ("de", "vers")
    )
    return f"/itineraires?{start}", f"/itineraires?{end}"


def address_to_rental(place: RentalPlace) -> str | None:
    """The address of the form with a rental station as the destination. A free-floating vehicle
    has none: it moves."""
    if place.station is None or place.lat is None or place.lon is None:
        return None
    return addresses_of_place(f"{place.lat},{place.lon}", place.name)[1]


Form = Annotated[JourneyForm, Depends(journey_form)]

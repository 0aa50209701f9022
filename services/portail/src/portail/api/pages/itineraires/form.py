"""The form of journeys: what the reader entered, and the addresses of searches like it."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from portail.domain.stops import FoundStop
from portail.flows.find_journeys import Chosen, FoundJourneys, Wanted

Name = Annotated[str, Query(max_length=200)]
Id = Annotated[str, Query(max_length=300)]
Direction = Literal["partir", "arriver"]
"""Whether the time is that of the departure or of the arrival."""


class JourneyForm:
    """What the reader entered."""

    def __init__(
        self, origin: Wanted, destination: Wanted, direction: Direction, day: str, clock: str
    ) -> None:
        self.origin, self.destination = origin, destination
        self.direction: Direction = direction
        self.day, self.clock = day, clock

    @property
    def complete(self) -> bool:
        """Whether both places are given."""
        return bool(self.origin.text.strip() and self.destination.text.strip())

    def instant(self, now: datetime) -> datetime | None:
        """The instant of the form, None for now. Raises ValueError for one that is none."""
        if not self.day and not self.clock:
            return None if self.direction == "partir" else now
        day = date.fromisoformat(self.day) if self.day else now.date()
        clock = time.fromisoformat(self.clock) if self.clock else time(0)
        if not 1991 <= day.year <= 2099 or clock.tzinfo is not None:
            raise ValueError(self.day)
        return datetime.combine(day, clock, now.tzinfo)

    def address(
        self,
        found: FoundJourneys | None,
        *,
        origin: FoundStop | None = None,
        destination: FoundStop | None = None,
        cursor: str | None = None,
        swapped: bool = False,
    ) -> str:
        """The address of the same search with other places, of another page, or of the way
        back."""
        start = _ends(self.origin, None if found is None else found.origin, origin)
        end = _ends(self.destination, None if found is None else found.destination, destination)
        if swapped:
            start, end = end, start
        query = {
            **dict(zip(("de", "de_nom", "de_arret"), start, strict=True)),
            **dict(zip(("vers", "vers_nom", "vers_arret"), end, strict=True)),
            "sens": self.direction,
            "jour": self.day,
            "heure": self.clock,
            "suite": cursor,
        }
        given = {name: value for name, value in query.items() if value}
        return "/itineraires?" + urlencode(given)


def _ends(wanted: Wanted, chosen: Chosen | None, other: FoundStop | None) -> tuple[str, str, str]:
    """The text, the name and the id of a place in an address."""
    if other is not None:
        return other.name, other.name, other.id
    if chosen is None or wanted.is_point:
        return wanted.text, "", ""
    return chosen.name, chosen.name, chosen.id


def _wanted(text: str, stop_id: str, name: str) -> Wanted:
    return Wanted(text, stop_id if stop_id and name == text else None)


def journey_form(
    de: Name = "",
    vers: Name = "",
    de_arret: Id = "",
    de_nom: Name = "",
    vers_arret: Id = "",
    vers_nom: Name = "",
    sens: Direction = "partir",
    jour: Name = "",
    heure: Name = "",
) -> JourneyForm:
    """The form of a request. The id of a stop counts as long as its name stays in the field."""
    origin, destination = _wanted(de, de_arret, de_nom), _wanted(vers, vers_arret, vers_nom)
    return JourneyForm(origin, destination, sens, jour.strip(), heure.strip())


Form = Annotated[JourneyForm, Depends(journey_form)]

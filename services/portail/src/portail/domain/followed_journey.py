"""A journey that is followed, and the search that found it, from the public API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from portail.domain.journeys import ENDS, JourneyPage, JourneyPlace

NOWHERE: Final = JourneyPlace()
"""A place of which nothing is known."""


@dataclass(frozen=True, slots=True)
class SearchedJourney:
    """The search that found a journey, which outlives it."""

    __pydantic_config__: ClassVar[Mapping[str, Callable[[str], str]]] = {
        "alias_generator": lambda name: ENDS.get(name, name)
    }

    start: JourneyPlace
    """A point has no id; a place that is gone has no name."""
    end: JourneyPlace
    modes: tuple[str, ...] | None = None
    """None: those of a search without wishes."""
    wheelchair: bool = False
    bikes: bool = False
    max_walk: int = 1000
    """Metres."""
    walk_speed: float = 4.5
    """Kilometres an hour."""


@dataclass(frozen=True, slots=True)
class JourneyChange:
    """Something of a followed journey that differs from the timetable."""

    type: str
    """As the API names it: cancelled, times."""
    leg: int
    """Its index."""
    message: str
    """In the language of the request."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a traveller can change plans next."""

    place: JourneyPlace
    at: datetime
    leg: int | None = None
    """The ride that they are aboard until then; None if there is none."""


@dataclass(frozen=True, slots=True)
class FollowedJourney(JourneyPage):
    """A journey as it is now: the only one of its page."""

    __pydantic_config__: ClassVar[Mapping[str, Callable[[str], str]]] = {
        "alias_generator": lambda name: ENDS.get(name, name)
    }

    start: JourneyPlace = NOWHERE
    end: JourneyPlace = NOWHERE
    status: str = "upcoming"
    """upcoming, under_way or arrived."""
    possible: bool = True
    """Whether it leads to the destination."""
    summary: str = ""
    """Its state in one sentence, in the language of the request."""
    changes: tuple[JourneyChange, ...] = ()
    whereabouts: Whereabouts | None = None
    """None at the destination."""
    alternatives: JourneyPage | None = None
    """The best journeys from there; None while it is possible."""

    @property
    def confirmed(self) -> bool:
        """Whether real time covers every ride, so that nothing else is awaited."""
        rides = [leg for leg in self.journeys[0].legs if leg.state is not None]
        return all(leg.is_live for leg in rides if leg.booking is None)

    @property
    def others(self) -> JourneyPage | None:
        """The alternatives; of a journey that is possible, those that are not itself again: for
        people without a booking."""
        if self.alternatives is None or not self.possible:
            return self.alternatives
        own = {(each.departure, each.arrival) for each in self.journeys}
        others = [e for e in self.alternatives.journeys if (e.departure, e.arrival) not in own]
        return replace(self.alternatives, journeys=tuple(others))

    def news(self, before: "FollowedJourney") -> tuple[str, ...]:
        """What differs now and did not before, in sentences; first its state, if that is
        another."""
        known = {change.message for change in before.changes}
        changes = [each.message for each in self.changes if each.message not in known]
        same = (self.possible, self.status) == (before.possible, before.status)
        return (*(() if same else (self.summary,)), *changes)

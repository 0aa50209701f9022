"""Journeys between two places that a reader names."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portail.domain.alerts import OBSTACLE, Alert
from portail.domain.found_places import FoundPlace, is_name, is_private
from portail.domain.journeys import JourneyPage, JourneyWishes
from portail.domain.place import is_point
from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi

_MAX_PLACES: Final = 6
"""Number of places among which a reader can choose."""
_MAX_OBSTACLES: Final = 4
"""Number of alerts about access whose text is read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place as the reader gave it."""

    text: str
    """A name, or a point as `latitude,longitude`."""
    place_id: str | None = None
    """The id of the place, if the reader chose it."""

    @property
    def is_private(self) -> bool:
        """Whether a page with it must not be stored."""
        return is_private(self.place_id or self.text)

    @property
    def is_point(self) -> bool:
        """Whether it is a point."""
        return is_point(self.text)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A place of a search."""

    id: str
    """What the API accepts: the id of a place, or a point."""
    name: str
    others: tuple[FoundPlace, ...] = ()
    """Other places that fit the name."""


@dataclass(frozen=True, slots=True)
class FoundJourneys:
    """The result of a search. A place is None if none has its name."""

    origin: Chosen | None
    destination: Chosen | None
    page: JourneyPage | None = None
    """None unless both places are known and differ."""
    obstacles: tuple[Alert, ...] = ()
    """The alerts of the page about access, in full, for a traveller with a wheelchair. One that
    cannot be read is left out."""

    @property
    def is_private(self) -> bool:
        """Whether a page with it must not be stored."""
        ends = [end for end in (self.origin, self.destination) if end is not None]
        ids = [each.id for end in ends for each in end.others] + [end.id for end in ends]
        return any(map(is_private, ids))


async def find_journeys(
    api: PublicApi,
    origin: Wanted,
    destination: Wanted,
    *,
    at: datetime | None,
    arrive_by: bool,
    wishes: JourneyWishes,
    language: str,
    cursor: str | None = None,
) -> FoundJourneys:
    """The journeys between two places from `at` on (None: now), or that arrive by then. Raises
    Refusal if the API refuses the search."""
    start, end = await asyncio.gather(_choose(api, origin), _choose(api, destination))
    if start is None or end is None or start.id == end.id:
        return FoundJourneys(start, end)
    page = await api.journeys(
        start.id,
        end.id,
        at=at,
        arrive_by=arrive_by,
        wishes=wishes,
        language=language,
        cursor=cursor,
    )
    obstacles = await _obstacles(api, page, language) if wishes.wheelchair else ()
    return FoundJourneys(start, end, page, obstacles)


async def _obstacles(api: PublicApi, page: JourneyPage, language: str) -> tuple[Alert, ...]:
    ids = [each.id for each in page.alerts if each.effect == OBSTACLE][:_MAX_OBSTACLES]
    found = await asyncio.gather(
        *(none_if_refused(api.alert(each, language=language)) for each in ids)
    )
    return tuple(each for each in found if each is not None)


async def _choose(api: PublicApi, wanted: Wanted) -> Chosen | None:
    if wanted.place_id:
        return Chosen(wanted.place_id, wanted.text)
    if wanted.is_point:
        return Chosen(wanted.text.replace(" ", ""), wanted.text)
    if not is_name(wanted.text):
        return None
    found = (await api.places_named(wanted.text, limit=_MAX_PLACES)).places
    return Chosen(found[0].id, found[0].name, found[1:]) if found else None

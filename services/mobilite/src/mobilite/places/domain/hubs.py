"""Hubs: the stops of every network at one place, as one.

A hub has an id that survives new versions of the feeds: `hub:<id of a member>`. Its members change
with the feeds, so every member's id leads to the hub that has it now. The operator of the platform
can declare hubs of its own (`hub:<id in hubs.toml>`), whose members belong to no other.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mobilite.gtfs.domain.ids import GlobalId
from mobilite.places.domain.feed_stops import ListedStop
from mobilite.places.domain.hub_grouping import STATION_WORDS, group_stops
from mobilite.text_search.domain.link_words import LINK_WORDS

HUB_PREFIX: Final = "hub:"
"""The beginning of the id of a hub; no feed has the id "hub"."""


@dataclass(frozen=True, slots=True)
class DeclaredHub:
    """A hub of hubs.toml. One with a single stop takes that stop out of every hub."""

    id: str
    stops: tuple[GlobalId, ...]
    name: str | None = None
    """None: the name is chosen as for other hubs."""


@dataclass(frozen=True, slots=True)
class Hub:
    """One place with the stops of several networks, or several stops of one."""

    id: str
    name: str
    stops: tuple[ListedStop, ...]
    """Its members, the principal one first."""

    @property
    def lat(self) -> float:
        """The place of the principal member."""
        return self.stops[0].lat

    @property
    def lon(self) -> float:
        return self.stops[0].lon

    @property
    def railway(self) -> bool:
        """Whether trains call."""
        return any(stop.railway for stop in self.stops)

    @property
    def departures(self) -> int:
        """Stop times of all members."""
        return sum(stop.departures for stop in self.stops)


class Hubs:
    """The hubs of the region. Immutable."""

    def __init__(self, hubs: Iterable[Hub] = ()) -> None:
        self.hubs: Sequence[Hub] = tuple(sorted(hubs, key=lambda hub: hub.id))
        self._by_id = {f"{HUB_PREFIX}{stop.id}": hub for hub in self.hubs for stop in hub.stops}
        self._by_id |= {hub.id: hub for hub in self.hubs}

    def find(self, hub_id: str) -> Hub | None:
        """The hub of that id, or of the member whose id it contains."""
        return self._by_id.get(hub_id)

    def find_of_stop(self, stop_id: str) -> Hub | None:
        """The hub of a listed stop."""
        return self._by_id.get(f"{HUB_PREFIX}{stop_id}")


def find_hubs(
    stops: Collection[ListedStop],
    transfers: Collection[tuple[GlobalId, GlobalId]] = (),
    declared: Iterable[DeclaredHub] = (),
) -> Hubs:
    """The hubs of these stops: the declared ones, and the groups of the other stops
    (`group_stops`). Declared stops that do not exist are ignored; one that is declared twice
    belongs to the first."""
    by_id = {stop.id: stop for stop in stops}
    free, hubs = dict(by_id), list[Hub]()
    for each in declared:
        members = [free.pop(stop_id) for stop_id in dict.fromkeys(each.stops) if stop_id in free]
        if len(members) > 1:
            hubs.append(_hub(members, each.id, each.name))
    hubs += [_hub(group) for group in group_stops(free.values(), transfers)]
    return Hubs(hubs)


def _hub(members: Sequence[ListedStop], own_id: str | None = None, name: str | None = None) -> Hub:
    principal, *others = sorted(
        members, key=lambda stop: (not stop.railway, not stop.station, stop.id)
    )
    stops = (principal, *others)
    return Hub(f"{HUB_PREFIX}{own_id or principal.id}", name or _name(stops), stops)


def _name(stops: Sequence[ListedStop]) -> str:
    """The name of a hub. At a railway station: its most served name that is « gare » and the words
    of the station ("Gare d'Orléans" rather than "Orléans"), else the station's. Elsewhere: the most
    served name."""
    station = stops[0]
    if not station.railway:
        return _most_served(stops)
    town = set(station.words) - STATION_WORDS - LINK_WORDS
    full = [stop for stop in stops if set(stop.words) - LINK_WORDS == town | {"gare"}]
    return _most_served(full) if full else station.name


def _most_served(stops: Sequence[ListedStop]) -> str:
    served = Counter[str]()
    for stop in stops:
        served[stop.name] += stop.departures + 1
    return min(served, key=lambda name: (-served[name], name))

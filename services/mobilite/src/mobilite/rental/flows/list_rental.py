"""Lists rental stations and vehicles: around a point, in a box, of one system, of one form.

Stale items are listed as last published, but not as available.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mobilite.events import Availability, RentalSystemV1
from mobilite.geo.domain.places import Box
from mobilite.gtfs.domain.enumerations import FormFactor
from mobilite.gtfs.domain.ids import FeedId, split_global_id
from mobilite.rental.domain.poll_intervals import stale_after
from mobilite.rental.domain.rental_offer import matching_forms
from mobilite.rental.flows.live_rentals import RentalFeed, RentalState
from mobilite.rental.flows.rental_index import RentalEntry
from socle.cursors import decode_start, encode_cursor
from socle.errors import Refusal

ItemType = Literal["station", "vehicle"]
Freshness = Literal["fresh", "stale", "none"]


@dataclass(frozen=True, slots=True)
class Age:
    """The age of a system's stations or vehicles."""

    state: Freshness
    seconds: int | None
    """Since `as_of`; None if there never was data."""
    as_of: datetime | None
    """The instant of their content."""


@dataclass(frozen=True, slots=True)
class SystemReport:
    """One rental system at one instant."""

    feed_id: FeedId
    feed: RentalFeed
    system: RentalSystemV1
    stations: Age | None
    """None if the system has no stations."""
    vehicles: Age | None
    """None if the system lists no vehicles."""

    @property
    def state(self) -> Freshness:
        """`stale` if its stations or vehicles are, else `none` if one of them is or it has
        neither, else `fresh`."""
        states = [age.state for age in (self.stations, self.vehicles) if age is not None]
        return (
            "stale" if "stale" in states else "none" if not states or "none" in states else "fresh"
        )

    @property
    def oldest(self) -> Age | None:
        """The greater of its two ages; one without data is greater than all. None if it has
        neither."""
        ages = [age for age in (self.stations, self.vehicles) if age is not None]
        return max(ages, key=lambda age: (age.seconds is None, age.seconds or 0), default=None)


@dataclass(frozen=True, slots=True)
class RentalQuery:
    """The filters of a query; None: any."""

    near: tuple[float, float, float] | None = None
    """Latitude, longitude and radius in metres."""
    box: Box | None = None
    feed: str | None = None
    """A feed id."""
    station: str | None = None
    """The public id of a station: selects the vehicles there, whatever `near`, `box` and `feed`."""
    item_type: ItemType | None = None
    form_factor: FormFactor | None = None
    available: bool | None = None
    """Whether something can be rented there now, by data that is not stale. False: everything for
    which that is not known to be so."""


@dataclass(frozen=True, slots=True)
class RentalHit:
    """A station or vehicle found."""

    report: SystemReport
    """Its system."""
    entry: RentalEntry
    fresh: bool
    """Whether `entry.available` is current."""
    distance: float | None = None
    """Metres, for a search around a point."""


@dataclass(frozen=True, slots=True)
class RentalPage:
    """A page of stations and vehicles, nearest first around a point, else by feed, stations before
    vehicles, and id."""

    hits: tuple[RentalHit, ...]
    reports: tuple[SystemReport, ...]
    """The systems of the items, or the searched ones if the page is empty."""
    next: str | None
    """The cursor of the next page."""


def list_systems(state: RentalState, *, now: datetime) -> tuple[SystemReport, ...]:
    """Every rental system, by feed."""
    return tuple(
        report
        for feed_id in sorted(state.feeds)
        if (report := find_system(state, feed_id, now=now)) is not None
    )


def find_system(state: RentalState, feed_id: FeedId, *, now: datetime) -> SystemReport | None:
    """The rental system of a feed; None if none has been published for it."""
    feed = state.feeds.get(feed_id)
    if feed is None or feed.system is None:
        return None
    system = feed.system
    return SystemReport(
        feed_id, feed, system, _age(system.stations, now), _age(system.vehicles, now)
    )


def list_rental(
    state: RentalState, query: RentalQuery, *, now: datetime, limit: int, cursor: str | None
) -> RentalPage:
    """The stations and vehicles that match the query. Raises Refusal for a feed or station that
    does not exist, or an invalid cursor."""
    start = decode_start(cursor)
    if query.station is not None:
        return _at_station(state, query, query.station, now, start, limit)
    reports = _searched_systems(state, query.feed, now)
    found = [_rows(report, query) for report in reports]
    feeds = np.repeat(np.arange(len(found)), [len(rows) for rows, _ in found])
    rows = np.concatenate([rows for rows, _ in found]) if found else np.empty(0, np.intp)
    if query.near is not None and len(rows):
        metres = np.concatenate([distances for _, distances in found if distances is not None])
        order = np.lexsort((rows, feeds, metres))
    else:
        metres, order = None, np.arange(len(rows))
    page = order[start : start + limit].tolist()
    hits = tuple(
        _hit(
            reports[feeds[row]],
            reports[feeds[row]].feed.index.entries[rows[row]],
            None if metres is None else float(metres[row]),
        )
        for row in page
    )
    return _page(hits, reports, len(rows), start, limit)


def _rows(
    report: SystemReport, query: RentalQuery
) -> tuple[NDArray[np.intp], NDArray[np.float64] | None]:
    """The matching rows of one system's index, and their distances in metres if the query has a
    point."""
    index, metres = report.feed.index, None
    if query.near is not None:
        rows, metres = index.places.near(*query.near)
    else:
        rows = np.arange(len(index.entries))
    fits = np.ones(len(index.entries), np.bool_)
    if query.box is not None:
        fits[:] = False
        fits[index.places.within(query.box)] = True
    if query.item_type is not None:
        fits &= index.is_station == (query.item_type == "station")
    if query.form_factor is not None:
        forms = index.forms_now if query.available else index.forms
        fits &= (forms & matching_forms(query.form_factor)) != 0
    if query.available is not None:
        known = np.where(index.is_station, _fresh(report.stations), _fresh(report.vehicles))
        fits &= (index.available & known) == query.available
    retained = fits[rows]
    return rows[retained], None if metres is None else metres[retained]


def _at_station(
    state: RentalState, query: RentalQuery, station: str, now: datetime, start: int, limit: int
) -> RentalPage:
    """The individually listed vehicles at a station."""
    split = split_global_id(station)
    report = None if split is None else find_system(state, split[0], now=now)
    if split is None or report is None or split[1] not in report.feed.index.stations:
        raise Refusal("not_found", f"La station {station[:200]} n'existe pas.", parameter="station")
    hits = [
        hit
        for entry in report.feed.index.at_station(split[1])
        if _passes(hit := _hit(report, entry, None), query)
    ]
    return _page(tuple(hits[start : start + limit]), (report,), len(hits), start, limit)


def _passes(hit: RentalHit, query: RentalQuery) -> bool:
    form = query.form_factor
    return (
        query.item_type != "station"
        and (form is None or bool(hit.entry.forms & matching_forms(form)))
        and query.available in (None, hit.fresh and hit.entry.available is True)
    )


def _searched_systems(
    state: RentalState, feed: str | None, now: datetime
) -> tuple[SystemReport, ...]:
    if feed is None:
        return list_systems(state, now=now)
    report = find_system(state, FeedId(feed), now=now)
    if report is None:
        raise Refusal(
            "not_found",
            f"Le réseau {feed[:200]} n'a pas de véhicules en libre-service.",
            parameter="feed",
        )
    return (report,)


def _hit(report: SystemReport, entry: RentalEntry, distance: float | None) -> RentalHit:
    age = report.stations if entry.is_station else report.vehicles
    return RentalHit(report, entry, _fresh(age), distance)


def _page(
    hits: tuple[RentalHit, ...],
    reports: Sequence[SystemReport],
    count: int,
    start: int,
    limit: int,
) -> RentalPage:
    """The page of these hits, of `count` in all, from `start` on. `reports`: those searched."""
    found = {hit.report.feed_id for hit in hits}
    listed = tuple(each for each in reports if each.feed_id in found or not found)
    more = start + limit < count
    return RentalPage(hits, listed, encode_cursor(start + limit) if more else None)


def _age(availability: Availability | None, now: datetime) -> Age | None:
    if availability is None:
        return None
    if availability.as_of is None:
        return Age("none", None, None)
    seconds = max(0, int((now - availability.as_of).total_seconds()))
    return Age(
        "fresh" if seconds <= stale_after(availability.ttl) else "stale",
        seconds,
        availability.as_of,
    )


def _fresh(age: Age | None) -> bool:
    return age is not None and age.state == "fresh"

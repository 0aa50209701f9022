"""The journeys between two places: a page of those that leave, or arrive, around an instant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from mobilite.journeys.domain.alternatives import best_of
from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.flows.first_and_last import FirstAndLast
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes
from mobilite.journeys.flows.places import Place, get_place, is_same
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.preferences import Preferences, Span, with_preferred
from mobilite.journeys.flows.query_instant import query_instant
from mobilite.journeys.flows.via.stages import Stages
from mobilite.rental.flows.live_rentals import RentalState
from socle.cursors import decode_cursor, encode_cursor
from socle.errors import Refusal

MOST_VIAS: Final = 3
_WINDOWS: Final = (2 * 3600, 6 * 3600)
"""Seconds: the window of a query without one; the second if the first has too few journeys."""
_FEW: Final = 3
_LISTED: Final = 6
"""Journeys on a page of a query without a window."""
NO_RENTALS: Final = RentalState()
"""No rental station is known."""

Reason = Literal["no_stop", "outside_calendar", "none"]
"""Why there is no journey."""


@dataclass(frozen=True, slots=True)
class JourneyRequest:
    """A query. Instants are POSIX seconds."""

    origin: str
    """`lat,lon`, or the public id of a stop; so are the other places."""
    destination: str
    at: int | datetime | None = None
    """The earliest departure, or the latest arrival; None: now. A datetime without a time zone: the
    local time where it leaves, or arrives."""
    arrive_by: bool = False
    via: tuple[str, ...] = ()
    wishes: Wishes = field(default_factory=Wishes)
    window: int | None = None
    """Seconds in which the journeys leave, or arrive; 0: the earliest arrival alone, or the latest
    departure; None: as many as give a choice."""
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class JourneyPage:
    """The journeys of a query, by departure, as far as no line or mode is preferred."""

    request: JourneyRequest
    planning: PlanningState
    """What they were searched in."""
    places: tuple[Place, ...]
    """Origin, places on the way, destination."""
    at: int
    """The instant of the query, POSIX seconds."""
    generated_at: int
    journeys: tuple[Journey, ...] = ()
    reason: Reason | None = None
    """None if there is a journey."""
    lonely: int | None = None
    """The index of the place without a stop near it, if that is the reason."""
    next: str | None = None
    """The cursor of later journeys."""
    previous: str | None = None
    """The cursor of earlier journeys."""


class _Span(NamedTuple):
    """The journeys of a span of time. A journey's instant is its departure, or its arrival in a
    query for one."""

    journeys: Sequence[Journey]
    first: int
    last: int


def plan_journeys(
    planning: PlanningState,
    request: JourneyRequest,
    *,
    now: datetime,
    rentals: RentalState = NO_RENTALS,
) -> JourneyPage:
    """The journeys of a query. `rentals`: the rental stations as they are now.

    Raises Refusal: "not_found" for an unknown stop, "invalid" for a place that is none, too many
    places on the way, equal ends, or an invalid cursor.
    """
    places, generated_at = get_places(planning, request), int(now.timestamp())
    at = query_instant(planning, places, request.at, generated_at, arrive_by=request.arrive_by)
    page = JourneyPage(request, planning, places, at, generated_at)
    earlier = request.arrive_by
    if request.cursor is not None:
        at, flag = decode_cursor(request.cursor, 2)
        earlier = bool(flag)
    if not planning.timetables.covers(at):
        return replace(page, reason="outside_calendar")
    planning = planning.at(at)
    page = replace(page, planning=planning)
    stages = Stages(planning, places, request.wishes)
    walk, lonely = stages.on_foot(at, arrive_by=request.arrive_by), stages.place_without_stop()
    others = FirstAndLast(planning, rentals, places, request.wishes, now=now)
    if lonely is not None and walk is None and not others.accepted:
        return replace(page, reason="no_stop", lonely=lonely)
    search = JourneySearch(planning, request.wishes)
    span = _search(search, stages, request, at, earlier=earlier)
    found = _with_others(span, others, search, request, at, earlier=earlier)
    if not found and lonely is not None and walk is None:
        return replace(page, reason="no_stop", lonely=lonely)
    found = _with_walk(found, walk, request)
    found = _with_preferred(found, search, stages, request, span, at)
    page = replace(page, journeys=tuple(found), reason=None if found else "none")
    if request.window == 0:
        return page
    later, sooner = encode_cursor(span.last + 1, 0), encode_cursor(span.first - 1, 1)
    return replace(page, next=later, previous=sooner)


def get_places(planning: PlanningState, request: JourneyRequest) -> tuple[Place, ...]:
    """Origin, places on the way, destination. Raises Refusal as `plan_journeys`."""
    if len(request.via) > MOST_VIAS:
        raise Refusal(
            "invalid",
            f"Le paramètre via est accepté {MOST_VIAS} fois au plus ; il est donné "
            f"{len(request.via)} fois.",
            parameter="via",
        )
    places = (
        get_place(planning, request.origin, "from"),
        *(get_place(planning, text, "via") for text in request.via),
        get_place(planning, request.destination, "to"),
    )
    if any(is_same(planning, one, other) for one, other in pairwise(places)):
        if request.via:
            sentence = "Deux étapes qui se suivent sont le même endroit : retirez l'une d'elles."
            raise Refusal("invalid", sentence, parameter="via")
        raise Refusal(
            "invalid",
            "Le départ et l'arrivée sont le même endroit : choisissez une autre destination.",
            parameter="to",
        )
    return places


def _is_worse(journey: Journey, walk: Journey) -> bool:
    """Whether the way on foot is no longer, neither in time nor in metres."""
    takes = journey.arrival - journey.departure
    return takes >= walk.arrival - walk.departure and journey.walk >= walk.walk


def _with_others(
    span: _Span,
    others: FirstAndLast,
    search: JourneySearch,
    request: JourneyRequest,
    at: int,
    *,
    earlier: bool,
) -> list[Journey]:
    """The journeys of a span, and those of other means that none of them beats."""
    within = others.arriving if request.arrive_by else others.leaving
    alone = others.latest if request.arrive_by else others.earliest
    if request.window == 0:
        both = [*span.journeys, *alone(search, at)]
        return [_best_alone(both, request)] if both else []
    first, last = (span.first, max(span.last, at)) if earlier else (min(span.first, at), span.last)
    found = within(search, first, last)
    nothing = request.window is None and not span.journeys and not found
    if nothing and earlier == request.arrive_by:
        found = alone(search, at)
    scheduled = [*map(id, span.journeys)]
    best = best_of([*span.journeys, *found])
    return [*span.journeys, *(each for each in best if id(each) not in scheduled)]


def _with_walk(
    found: Sequence[Journey], walk: Journey | None, request: JourneyRequest
) -> list[Journey]:
    """The journeys without those that are worse than the way on foot, and that way."""
    if walk is None:
        return [*found]
    found = [each for each in found if not _is_worse(each, walk)]
    if request.cursor is not None:
        return found
    if request.window != 0:
        return [walk, *found]
    return [_best_alone([walk, *found], request)]


def _with_preferred(
    found: Sequence[Journey],
    search: JourneySearch,
    stages: Stages,
    request: JourneyRequest,
    span: _Span,
    at: int,
) -> list[Journey]:
    """The journeys in their order, with those that ride as the traveller prefers."""
    alone, between = request.window == 0, Span(min(span.first, at), max(span.last, at))
    more = with_preferred(search, stages, found, between, arrive_by=request.arrive_by, alone=alone)
    return sorted(more, key=Preferences(search.planning, request.wishes).rank)


def _best_alone(journeys: Sequence[Journey], request: JourneyRequest) -> Journey:
    """The latest departure in a query for an arrival, else the earliest arrival; of equal ones the
    first."""
    if request.arrive_by:
        return max(journeys, key=_departure)
    return min(journeys, key=_arrival)


def _search(
    search: JourneySearch, stages: Stages, request: JourneyRequest, at: int, *, earlier: bool
) -> _Span:
    """The journeys from `at` on, or up to it if `earlier`."""
    if request.window == 0:
        alone = stages.latest if request.arrive_by else stages.earliest
        return _Span(alone(search, at), at, at)

    def within(window: int) -> _Span:
        first, last = (at - window, at) if earlier else (at, at + window)
        found = (
            stages.arriving(search, last, window)
            if request.arrive_by
            else stages.leaving(search, first, window)
        )
        return _Span(best_of(found), first, last)

    def worthwhile(window: int) -> _Span:
        span = within(window)
        beaten = _is_beaten_from_earlier if request.arrive_by else _is_beaten_from_later
        good = [each for each in span.journeys if not beaten(search, stages, each, span)]
        return span._replace(journeys=good)

    if request.window is not None:
        return within(request.window)
    span = worthwhile(_WINDOWS[0])
    if len(span.journeys) < _FEW:
        span = worthwhile(_WINDOWS[1])
    instant: Callable[[Journey], int] = _arrival if request.arrive_by else _departure
    if not span.journeys and earlier == request.arrive_by:
        alone = stages.latest if request.arrive_by else stages.earliest
        for journey in alone(search, at):
            at = instant(journey)
            span = worthwhile(_WINDOWS[0])
    return _nearest(span, instant, last=earlier)


def _is_beaten_from_later(
    search: JourneySearch, stages: Stages, journey: Journey, span: _Span
) -> bool:
    """Whether one that leaves after the span is as good: who takes this one rides around until
    then."""
    if journey.arrival <= span.last:
        return False
    others = stages.latest(search, journey.arrival)
    return any(each.departure > span.last and _is_as_easy(each, journey) for each in others)


def _is_beaten_from_earlier(
    search: JourneySearch, stages: Stages, journey: Journey, span: _Span
) -> bool:
    """Whether one that arrives before the span is as good."""
    if journey.departure >= span.first:
        return False
    others = stages.earliest(search, journey.departure)
    return any(each.arrival < span.first and _is_as_easy(each, journey) for each in others)


def _is_as_easy(one: Journey, other: Journey) -> bool:
    return one.rides <= other.rides and one.walk <= other.walk


def _nearest(span: _Span, instant: Callable[[Journey], int], *, last: bool) -> _Span:
    """The first or the last journeys of a span that has many."""
    if len(span.journeys) <= _LISTED:
        return span
    ordered = sorted(span.journeys, key=instant)
    if last:
        return _Span(ordered[-_LISTED:], instant(ordered[-_LISTED]), span.last)
    return _Span(ordered[:_LISTED], span.first, instant(ordered[_LISTED - 1]))


def _departure(journey: Journey) -> int:
    return journey.departure


def _arrival(journey: Journey) -> int:
    return journey.arrival

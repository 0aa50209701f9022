"""The steps of a journey as the page displays them: its stops, and the way between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portail.api import words
from portail.api.addresses import segment, trip_address
from portail.api.pages.itineraires.booking import (
    BookingView,
    ParkingView,
    RentalView,
    booking_view,
    parking_view,
    rental_view,
)
from portail.api.pages.itineraires.connections import connection_words
from portail.api.texts import texts_of
from portail.domain.alerts import AlertSummary
from portail.domain.board import minutes_of_delay
from portail.domain.journeys import Journey, JourneyPlace, Leg
from socle.pages import typeset


@dataclass(frozen=True, slots=True)
class StepView:
    """A leg."""

    leg: Leg
    duration: int
    """Seconds; of a ride as its times display it."""
    title: str
    """« Train », « À pied », « Restez à bord : Train »."""
    passed: str | None
    """« 3 arrêts »; None on foot, and without a stop between."""
    passed_stops: tuple[JourneyPlace, ...]
    state: str | None
    """None on foot, by bicycle and on demand."""
    tone: words.Tone
    occupancy: str | None
    alerts: tuple[AlertSummary, ...]
    estimated: bool
    """Whether its distance is straight, while ways on foot follow streets or it is not on foot."""
    booking: BookingView | None
    rental: RentalView | None
    parking: ParkingView | None
    inside: tuple[str, ...]
    """« entrée », « ascenseur »: the way inside stations; empty if it is not known."""
    connection: str | None
    """The tight connection that leads to it; None without one."""
    with_bicycle: bool
    """Whether the own bicycle comes along: it is ridden before and after."""
    line: str | None
    """The address of the page of its line; None without a line."""
    run: str | None
    """The address of the page of its run; None without a timetable."""


@dataclass(frozen=True, slots=True)
class StopView:
    """Where a step starts or ends. A place where people change is one, also from one platform to
    another."""

    name: str
    board: str | None
    """The address of its departures; None if it is no stop."""
    arrival: datetime | None
    """None at the origin."""
    departure: datetime | None
    """None at the destination."""
    struck: datetime | None
    """The scheduled departure, to be struck through; None if it is the valid one."""
    arrival_platform: str | None
    platform: str | None
    """Of the departure."""
    is_around: bool
    """Whether its arrival is an estimate."""
    change: StepView | None
    """The way on foot inside the place."""
    step: StepView | None
    """None at the destination."""


class StepRenderer:
    """Displays the steps of the journeys of a page."""

    def __init__(
        self,
        ends: tuple[str, str],
        alerts: Mapping[str, AlertSummary],
        now: datetime,
        *,
        mixed: bool,
    ) -> None:
        """`ends`: the names of the search. `mixed`: whether only some of the ways on foot of the
        page follow streets."""
        self._ends, self._alerts, self._now, self._mixed = ends, alerts, now, mixed

    def stops(self, journey: Journey) -> tuple[StopView, ...]:
        """The stops of a journey, in order; each has the step that leaves from it."""
        return tuple(self._stops(journey.legs))

    def _stops(self, legs: Sequence[Leg]) -> Iterator[StopView]:
        ridden = [place for place, leg in enumerate(legs) if leg.mode == "bicycle"]
        before: Leg | None = None
        change: StepView | None = None
        for place, leg in enumerate(legs):
            with_bicycle = bool(ridden) and ridden[0] < place < ridden[-1]
            step = self._step(leg, with_bicycle=with_bicycle)
            if 0 < place < len(legs) - 1 and _is_inside(leg):
                change = step
                continue
            yield self._stop(before, leg, change, step)
            before, change = leg, None
        yield self._stop(before, None, None, None)

    def _stop(
        self, before: Leg | None, after: Leg | None, change: StepView | None, step: StepView | None
    ) -> StopView:
        moved = after is not None and minutes_of_delay(after.delay or 0) != 0
        return StopView(
            name=self._name(before, after),
            board=_board(before, after),
            arrival=None if before is None else before.arrival,
            departure=None if after is None else after.departure,
            struck=after.scheduled_departure if after is not None and moved else None,
            arrival_platform=None if before is None else _platform(before.end, before),
            platform=None if after is None else _platform(after.start, after),
            is_around=before is not None and before.booking is not None,
            change=change,
            step=step,
        )

    def _name(self, before: Leg | None, after: Leg | None) -> str:
        """The name of the place between two legs; of a search for a point, that of the search."""
        names = [
            None if before is None else before.end.name,
            None if after is None else after.start.name,
        ]
        known = list(dict.fromkeys(typeset(name) for name in names if name))
        if known:
            return " / ".join(known)
        if before is None or after is None:
            return typeset(self._ends[0 if before is None else 1])
        return texts_of("itineraires")["etape"]

    def _step(self, leg: Leg, *, with_bicycle: bool) -> StepView:
        texts = texts_of("itineraires")
        state, tone = _state(leg)
        passed = tuple(each for each in leg.stops if each.state not in ("skipped", "cancelled"))
        count, alerts = len(passed), self._alerts
        return StepView(
            leg,
            duration=max(60, displayed_duration(leg.departure, leg.arrival)),
            title=_title(leg),
            passed=texts["arrets_un" if count == 1 else "arrets"].format(n=count)
            if count
            else None,
            passed_stops=passed,
            state=state,
            tone=tone,
            occupancy=texts.get(f"affluence_{leg.occupancy}"),
            alerts=tuple(alerts[each] for each in leg.alerts if each in alerts),
            estimated=_is_estimated(leg, mixed=self._mixed),
            booking=None if leg.booking is None else booking_view(leg.booking, self._now),
            rental=None if leg.rental is None else rental_view(leg.rental, leg.mode),
            parking=None if leg.parking is None else parking_view(leg.parking),
            inside=tuple(typeset(each.text) for each in leg.steps),
            connection=connection_words(leg.connection),
            with_bicycle=with_bicycle,
            line=None if leg.route is None else f"/lignes/{segment(leg.route.id)}",
            run=_run_address(leg),
        )


def displayed_duration(start: datetime, end: datetime) -> int:
    """Seconds between two times as they are displayed, without their seconds."""
    return int((end.replace(second=0) - start.replace(second=0)).total_seconds())


def _is_inside(leg: Leg) -> bool:
    """Whether it is a way on foot from one platform of a place to another."""
    return leg.mode == "walk" and bool(leg.start.name) and leg.start.name == leg.end.name


def _board(before: Leg | None, after: Leg | None) -> str | None:
    """The address of the departures of a place where people board or alight."""
    ids = [
        place.id
        for leg, place in (
            (after, None if after is None else after.start),
            (before, None if before is None else before.end),
        )
        if leg is not None and leg.route is not None and place is not None
    ]
    known = next(filter(None, ids), None)
    return None if known is None else f"/arrets/{segment(known)}"


def _run_address(leg: Leg) -> str | None:
    if leg.trip_id is None or leg.booking is not None:
        return None
    route = None if leg.route is None else leg.route.id
    return trip_address(leg.trip_id, leg.start_date, leg.start_time, route)


def _state(leg: Leg) -> tuple[str | None, words.Tone]:
    if leg.state is None or leg.booking is not None:
        return None, "quiet"
    return words.state_of(leg.state, leg.delay)


def _is_estimated(leg: Leg, *, mixed: bool) -> bool:
    """Whether to state that the distance of a leg is straight."""
    if leg.on_streets is not False or not leg.distance:
        return False
    return leg.cycled or leg.parking is not None or (mixed and leg.mode == "walk")


def _title(leg: Leg) -> str:
    """« Tram », or that people stay aboard."""
    texts = texts_of("itineraires")
    mode = texts.get(f"mode_{leg.mode}", texts["mode_other"])
    return texts["reste_a_bord"].format(mode=mode) if leg.stay_seated else mode


def _platform(place: JourneyPlace, leg: Leg) -> str | None:
    if not place.platform or leg.route is None:
        return None
    return words.platform_name(place.platform, leg.route)

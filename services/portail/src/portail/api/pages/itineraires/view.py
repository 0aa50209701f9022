"""Journeys as the page displays them, in the language of the request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portail.api import quantities, words
from portail.api.pages.itineraires.booking import (
    BookingView,
    ParkingView,
    RentalView,
    booking_view,
    parking_view,
    rental_view,
)
from portail.api.pages.itineraires.connections import connection_words, risk_words
from portail.api.pages.itineraires.costs import (
    CostsView,
    ReasonView,
    costs_view,
    reason_views,
)
from portail.api.texts import texts_of
from portail.domain.alerts import AlertSummary
from portail.domain.board import minutes_of_delay
from portail.domain.journeys import EmissionsMethod, Journey, JourneyPage, JourneyPlace, Leg
from portail.domain.stops import Route
from socle.pages import typeset


@dataclass(frozen=True, slots=True)
class StepView:
    """A leg."""

    leg: Leg
    duration: int
    """Seconds; of a ride as its times display it."""
    title: str
    """« Train », « À pied », « Restez à bord : Train »."""
    start: str
    end: str
    start_platform: str | None
    end_platform: str | None
    passed: str | None
    """« 3 arrêts »; None on foot, and without a stop between."""
    state: str | None
    """None on foot, by bicycle and on demand."""
    tone: words.Tone
    struck: datetime | None
    """The scheduled departure, to be struck through; None if it is the valid one."""
    occupancy: str | None
    alerts: tuple[AlertSummary, ...]
    estimated: bool
    """Whether its distance is straight, while ways on foot follow streets or it is not on foot."""
    booking: BookingView | None
    rental: RentalView | None
    parking: ParkingView | None
    inside: str | None
    """« entrée, ascenseur »: the way inside stations; None if it is not known."""
    connection: str | None
    """The tight connection that leads to it; None without one."""
    with_bicycle: bool
    """Whether the own bicycle comes along: it is ridden before and after."""


@dataclass(frozen=True, slots=True)
class JourneyView:
    """A journey."""

    journey: Journey
    duration: int
    """Seconds, as its times display it."""
    day: str | None
    """None for today."""
    routes: tuple[Route, ...]
    changes: str
    walk: str | None
    """None without a way on foot."""
    ridden: str | None
    """« 3,2 km à vélo », « 12 km en voiture »; None without."""
    booking: str | None
    """« à réserver avant 08:15 »; None if nothing has to be booked."""
    access: str
    steps: tuple[StepView, ...]
    state: str | None
    """That of its worst ride; None if it is on foot all the way."""
    tone: words.Tone
    alerted: bool
    """Whether an alert affects it."""
    reasons: tuple[ReasonView, ...]
    costs: CostsView
    risk: str | None
    """That a connection is tight; None if none is."""


@dataclass(frozen=True, slots=True)
class PageView:
    """A page of journeys."""

    journeys: tuple[JourneyView, ...]
    walking: str | None
    """How distances on foot are measured; None without any."""
    pollutants: str | None
    """That NOx and PM10 are unknown where they are not given; None if all are known."""
    method: EmissionsMethod | None


def page_view(page: JourneyPage, now: datetime, ends: tuple[str, str]) -> PageView:
    """A page of journeys. `ends`: the names of the origin and the destination."""
    texts = texts_of("itineraires")
    alerts = {alert.id: alert for alert in page.alerts}
    walking = _walking(page)
    priced = any(each.fare for each in page.journeys)
    weighed = all(each.emissions.co2e_g is not None for each in page.journeys)
    unknown = any(None in (each.emissions.nox_mg, each.emissions.pm10_mg) for each in page.journeys)
    return PageView(
        tuple(
            _journey(
                each,
                _steps(each, ends, alerts, now, mixed=walking == "mixtes"),
                now,
                priced=priced,
                weighed=weighed,
            )
            for each in page.journeys
        ),
        walking=walking and texts[f"distances_{walking}"],
        pollutants=texts["polluants_inconnus"] if unknown else None,
        method=page.emissions,
    )


def _walking(page: JourneyPage) -> Literal["rues", "estimees", "mixtes"] | None:
    """How distances on foot are measured: where streets are known only in part of the region, the
    ways of one page can differ."""
    legs = [leg for journey in page.journeys for leg in journey.legs]
    along = {leg.on_streets for leg in legs if leg.mode == "walk" and leg.distance}
    if not along:
        return None
    if page.walking.distance != "streets" or True not in along:
        return "estimees"
    return "rues" if along == {True} else "mixtes"


def _steps(
    journey: Journey,
    ends: tuple[str, str],
    alerts: Mapping[str, AlertSummary],
    now: datetime,
    *,
    mixed: bool,
) -> tuple[StepView, ...]:
    last = len(journey.legs) - 1
    ridden = [place for place, leg in enumerate(journey.legs) if leg.mode == "bicycle"]
    return tuple(
        _step(
            leg,
            alerts,
            now,
            ends[0] if place == 0 else None,
            ends[1] if place == last else None,
            mixed=mixed,
            with_bicycle=bool(ridden) and ridden[0] < place < ridden[-1],
        )
        for place, leg in enumerate(journey.legs)
    )


def _journey(
    journey: Journey, steps: tuple[StepView, ...], now: datetime, *, priced: bool, weighed: bool
) -> JourneyView:
    """A journey. `priced`, `weighed`: whether the price of a journey of its page is known, and what
    each of them emits."""
    texts = texts_of("itineraires")
    rides = [step for step in steps if step.state is not None]
    worst = min(rides, key=_badness, default=None)
    booked = [step.booking for step in steps if step.booking is not None]
    return JourneyView(
        journey,
        duration=_duration(journey.departure, journey.arrival),
        day=words.day_of(journey.departure, now),
        routes=tuple(leg.route for leg in journey.legs if leg.route is not None),
        changes=texts[_changes(journey)].format(n=journey.transfers),
        walk=texts["marche"].format(distance=quantities.distance(journey.walk))
        if journey.walk
        else None,
        ridden=_ridden(journey),
        booking=booked[0].fact if booked else None,
        access=texts[f"acces_{journey.wheelchair}"],
        steps=steps,
        state=None if worst is None else worst.state,
        tone="quiet" if worst is None else worst.tone,
        alerted=any(step.alerts for step in steps),
        reasons=reason_views(journey.reasons, weighed=weighed),
        costs=costs_view(journey, priced=priced),
        risk=risk_words(journey),
    )


def _changes(journey: Journey) -> str:
    """The name of the text for how many changes there are, or what the way without a ride is."""
    if any(leg.route is not None or leg.state is not None for leg in journey.legs):
        return "changements" if journey.transfers > 1 else f"changements_{journey.transfers}"
    return next((f"tout_{leg.mode}" for leg in journey.legs if leg.cycled), "tout_walk")


def _ridden(journey: Journey) -> str | None:
    """How far people ride a bicycle or a scooter, or drive."""
    legs = [leg for leg in journey.legs if leg.cycled or leg.parking]
    if not legs:
        return None
    name = {"shared_scooter": "en_trottinette", "car": "en_voiture"}.get(legs[0].mode, "a_velo")
    metres = sum(leg.distance or 0 for leg in legs)
    return texts_of("itineraires")[name].format(distance=quantities.distance(metres))


def _duration(start: datetime, end: datetime) -> int:
    """Seconds between two times as they are displayed, without their seconds."""
    return int((end.replace(second=0) - start.replace(second=0)).total_seconds())


def _badness(step: StepView) -> tuple[int, int]:
    """The sort key of a ride: the one a traveller has to know first."""
    order: Sequence[words.Tone] = ("gone", "late", "quiet", "good")
    return order.index(step.tone), -(step.leg.delay or 0)


def _step(
    leg: Leg,
    alerts: Mapping[str, AlertSummary],
    now: datetime,
    origin: str | None,
    destination: str | None,
    *,
    mixed: bool,
    with_bicycle: bool,
) -> StepView:
    """A leg. `origin`, `destination`: the names of the search at its ends, if they are its own.
    `mixed`: whether only some of the ways on foot of its page follow streets. `with_bicycle`: see
    `StepView`."""
    texts = texts_of("itineraires")
    state, tone = _state(leg)
    moved = minutes_of_delay(leg.delay or 0) != 0
    count = sum(stop.state not in ("skipped", "cancelled") for stop in leg.stops)
    return StepView(
        leg,
        duration=max(60, _duration(leg.departure, leg.arrival)),
        title=_title(leg),
        start=_name(leg.start, origin),
        end=_name(leg.end, destination),
        start_platform=_platform(leg.start, leg),
        end_platform=_platform(leg.end, leg),
        passed=texts["arrets_un" if count == 1 else "arrets"].format(n=count) if count else None,
        state=state,
        tone=tone,
        struck=leg.scheduled_departure if moved else None,
        occupancy=texts.get(f"affluence_{leg.occupancy}"),
        alerts=tuple(alerts[each] for each in leg.alerts if each in alerts),
        estimated=_is_estimated(leg, mixed=mixed),
        booking=None if leg.booking is None else booking_view(leg.booking, now),
        rental=None if leg.rental is None else rental_view(leg.rental, leg.mode),
        parking=None if leg.parking is None else parking_view(leg.parking),
        inside=", ".join(typeset(each.text) for each in leg.steps) or None,
        connection=connection_words(leg.connection),
        with_bicycle=with_bicycle,
    )


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


def _name(place: JourneyPlace, searched: str | None) -> str:
    """The name of an end; that of the search for a point, else « étape »."""
    return typeset(place.name or searched or texts_of("itineraires")["etape"])


def _platform(place: JourneyPlace, leg: Leg) -> str | None:
    if not place.platform or leg.route is None:
        return None
    return words.platform_name(place.platform, leg.route)

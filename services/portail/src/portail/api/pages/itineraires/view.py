"""Journeys as the page displays them, in the language of the request."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from portail.api import quantities, words
from portail.api.pages.itineraires.connections import risk_words
from portail.api.pages.itineraires.costs import (
    LEAST_CO2E,
    CostsView,
    ReasonView,
    costs_view,
    reason_views,
)
from portail.api.pages.itineraires.differences import differences
from portail.api.pages.itineraires.steps import (
    StepRenderer,
    StepView,
    StopView,
    displayed_duration,
)
from portail.api.pages.itineraires.waits import day_or_night, longest_wait
from portail.api.pages.itineraires.wheelchair import (
    WheelchairView,
    access_fact,
    wheelchair_view,
)
from portail.api.texts import texts_of
from portail.domain.alerts import OBSTACLE, Alert, AlertSummary
from portail.domain.board import minutes_of_delay
from portail.domain.journeys import EmissionsMethod, Journey, JourneyPage
from portail.domain.stops import Route

_SEVERITIES: Final = ("severe", "warning")
"""The worst first."""


@dataclass(frozen=True, slots=True)
class JourneyView:
    """A journey."""

    journey: Journey
    duration: int
    """Seconds, as its times display it."""
    day: str | None
    """None for today."""
    same_day: bool
    """Whether the journey before it on the page leaves on that day too."""
    routes: tuple[Route, ...]
    changes: str
    walk: str | None
    """None without a way on foot."""
    ridden: str | None
    """« 3,2 km à vélo », « 12 km en voiture »; None without."""
    booking: str | None
    """« à réserver avant 08:15 »; None if nothing has to be booked."""
    access: str
    wheelchair: WheelchairView | None
    """None if the traveller did not ask for it."""
    wait: str | None
    """« 6 h 12 d’attente à Orléans », of the longest one; None if none is long."""
    stops: tuple[StopView, ...]
    state: str | None
    """That of its worst ride; None if it is on foot all the way."""
    tone: words.Tone
    alerts: tuple[AlertSummary, ...]
    """Those that affect it and not every journey of the page, the worst first."""
    reasons: tuple[ReasonView, ...]
    put_forward: bool
    """Whether it is the one of its page that the law puts forward."""
    difference: str | None
    """How it differs from the fastest one of its page; None for that one."""
    costs: CostsView
    risk: str | None
    """That a connection is tight; None if none is."""


@dataclass(frozen=True, slots=True)
class PageView:
    """A page of journeys."""

    journeys: tuple[JourneyView, ...]
    alerts: tuple[AlertSummary, ...]
    """Those that affect each of several journeys, the worst first."""
    walking: str | None
    """How distances on foot are measured; None without any."""
    estimate: str | None
    """How those that are estimated are found; None without any."""
    pollutants: str | None
    """That NOx and PM10 are unknown where they are not given; None if all are known."""
    method: EmissionsMethod | None


def page_view(
    page: JourneyPage,
    now: datetime,
    ends: tuple[str, str],
    *,
    wheelchair: bool = False,
    obstacles: Sequence[Alert] = (),
) -> PageView:
    """A page of journeys. `ends`: the names of the origin and the destination. `wheelchair`:
    whether the traveller has one: obstacles are then in the sentence about it alone. `obstacles`:
    those that are known in full."""
    texts = texts_of("itineraires")
    alerts = {alert.id: alert for alert in page.alerts}
    walking = _walking(page)
    steps = StepRenderer(ends, alerts, now, mixed=walking == "mixtes")
    priced = any(each.fare for each in page.journeys)
    weighed = all(each.emissions.co2e_g is not None for each in page.journeys)
    forward = _put_forward(page.journeys) if weighed else None
    views = [
        _journey(
            each,
            steps.stops(each),
            now,
            costs_view(each, priced=priced),
            reason_views(each.reasons, weighed=weighed, put_forward=each is forward),
            difference,
        )
        for each, difference in zip(page.journeys, differences(page.journeys), strict=True)
    ]
    if wheelchair:
        views = [_by_wheelchair(each, alerts, obstacles) for each in views]
    common = _common_alerts(views)
    return PageView(
        tuple(_placed(views, common)),
        alerts=common,
        walking=walking and texts[f"distances_{walking}"],
        estimate=texts["distances_calcul"] if walking == "estimees" else None,
        pollutants=_pollutants(page.journeys),
        method=page.emissions,
    )


def _by_wheelchair(
    view: JourneyView, alerts: Mapping[str, AlertSummary], in_full: Sequence[Alert]
) -> JourneyView:
    others = tuple(each for each in view.alerts if each.effect != OBSTACLE)
    access = wheelchair_view(view.journey, alerts, in_full)
    return replace(view, wheelchair=access, alerts=others)


def _common_alerts(views: Sequence[JourneyView]) -> tuple[AlertSummary, ...]:
    """The alerts of each of several journeys, which the page displays once."""
    if len(views) < 2:
        return ()
    first, *others = views
    return tuple(alert for alert in first.alerts if all(alert in each.alerts for each in others))


def _placed(views: Sequence[JourneyView], common: Sequence[AlertSummary]) -> Iterator[JourneyView]:
    """The journeys as they are displayed below each other."""
    before: JourneyView | None = None
    for view in views:
        same_day = before is not None and before.day == view.day
        alerts = tuple(each for each in view.alerts if each not in common)
        yield replace(view, same_day=same_day, alerts=alerts)
        before = view


def _put_forward(journeys: Sequence[Journey]) -> Journey | None:
    """The journey with the lowest emissions that the page puts forward (code des transports,
    D.1115-21): of equal ones, the one that arrives first. Where those of another one are not known,
    none is."""
    least = [each for each in journeys if LEAST_CO2E in each.reasons]
    return min(least, key=lambda each: (each.arrival, -each.departure.timestamp()), default=None)


def _pollutants(journeys: Sequence[Journey]) -> str | None:
    """Which NOx and PM10 are not known."""
    known = [
        each is not None
        for journey in journeys
        for each in (journey.emissions.nox_mg, journey.emissions.pm10_mg)
    ]
    if all(known):
        return None
    return texts_of("itineraires")["polluants_inconnus" if any(known) else "polluants_absents"]


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


def _journey(
    journey: Journey,
    stops: tuple[StopView, ...],
    now: datetime,
    costs: CostsView,
    reasons: tuple[ReasonView, ...],
    difference: str | None,
) -> JourneyView:
    texts = texts_of("itineraires")
    steps = [each for stop in stops for each in (stop.change, stop.step) if each is not None]
    worst = min((step for step in steps if step.state is not None), key=_badness, default=None)
    booked = [step.booking for step in steps if step.booking is not None]
    return JourneyView(
        journey,
        duration=displayed_duration(journey.departure, journey.arrival),
        day=day_or_night(journey.departure, now),
        same_day=False,
        routes=tuple(leg.route for leg in journey.legs if leg.route is not None),
        changes=texts[_changes(journey)].format(n=journey.transfers),
        walk=texts["marche"].format(distance=quantities.distance(journey.walk))
        if journey.walk
        else None,
        ridden=_ridden(journey),
        booking=booked[0].fact if booked else None,
        access=access_fact(journey),
        wheelchair=None,
        wait=longest_wait(journey),
        stops=stops,
        state=None if worst is None else _state(worst),
        tone="quiet" if worst is None else worst.tone,
        alerts=_worst_first(alert for step in steps for alert in step.alerts),
        reasons=reasons,
        put_forward=any(each.put_forward for each in reasons),
        difference=difference,
        costs=costs,
        risk=risk_words(journey),
    )


def _worst_first(alerts: Iterable[AlertSummary]) -> tuple[AlertSummary, ...]:
    """The alerts, each once."""
    found = {alert.id: alert for alert in alerts}.values()
    return tuple(sorted(found, key=lambda each: _severity(each.severity)))


def _severity(name: str) -> int:
    level = name.lower()
    return _SEVERITIES.index(level) if level in _SEVERITIES else len(_SEVERITIES)


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


def _state(step: StepView) -> str | None:
    """The state of a ride. The times of the journey count its delay, which it says."""
    minutes = minutes_of_delay(step.leg.delay or 0)
    if step.leg.state != "predicted" or minutes <= 0:
        return step.state
    texts = texts_of("itineraires")
    return texts["retard_compris_un" if minutes == 1 else "retard_compris"].format(n=minutes)


def _badness(step: StepView) -> tuple[int, int]:
    """The sort key of a ride: the one a traveller has to know first."""
    order: Sequence[words.Tone] = ("gone", "late", "quiet", "good")
    return order.index(step.tone), -(step.leg.delay or 0)

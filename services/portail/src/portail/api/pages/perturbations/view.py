"""The view of disruptions: by moment, then by network, then by line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from portail.api import words
from portail.api.rendering import headline
from portail.api.texts import texts_of
from portail.domain.alerts import Alert, Named, Period
from portail.domain.disruptions import Moment, lines_of, moment_of
from portail.domain.modes import mode_of
from portail.domain.stops import Route
from portail.flows.list_disruptions import Disruptions
from socle.pages import typeset

EVERY_MOMENT: Final[tuple[Moment, ...]] = ("now", "today", "soon")
_MAX_PERIODS: Final = 4
"""Number of periods listed for an alert."""
_MAX_STOPS: Final = 12
"""Number of stops listed for an alert."""
_FEW: Final = 6
"""Alerts of a network at one moment up to which its lines are not folded."""
_MAX_BADGES: Final = 8
_ADVICE: Final[Mapping[str, str]] = {
    "no_service": "journey",
    "reduced_service": "board",
    "significant_delays": "board",
    "detour": "stop",
    "stop_moved": "stop",
    "modified_service": "stop",
    "accessibility_issue": "access",
}
"""What to do, by the effect of an alert."""


@dataclass(frozen=True, slots=True)
class Disruption:
    """The view of an alert; its texts are in the language of the request."""

    alert: Alert
    network: str
    """The name of its network."""
    brief: str
    """When it begins, or else until when it lasts."""
    periods: tuple[str, ...]
    more_periods: int
    """How many periods are not listed."""
    routes: tuple[Route, ...]
    stops: tuple[Named, ...]
    more_stops: int
    """How many stops are not listed."""
    modes: tuple[str, ...]
    """The modes that it affects entirely."""
    entire_network: bool
    some_trips: bool
    """Whether it affects individual trips."""
    paragraphs: tuple[str, ...]
    """Of its description, without the headline."""
    advice: str | None
    """What to do: `journey`, `board`, `stop` or `access`."""
    source: str
    """Whose it is, and how old."""
    is_open: bool
    """Whether its details are open: the page was opened for this alert."""


@dataclass(frozen=True, slots=True)
class LineGroup:
    """The alerts of the same lines."""

    routes: tuple[Route, ...]
    """None: about a network, stops or trips."""
    more_routes: int
    """How many lines are not listed."""
    disruptions: tuple[Disruption, ...]
    count: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class NetworkGroup:
    """The alerts of one network, the worst first."""

    name: str
    routes: tuple[Route, ...]
    """The disrupted lines, the worst first."""
    groups: tuple[LineGroup, ...]
    notices: tuple[Disruption, ...]
    """The alerts that disrupt nothing."""
    count: str
    """« 2 perturbations, 1 information »."""
    notice_count: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The alerts that concern travellers first at one moment."""

    moment: Moment
    count: str
    networks: tuple[NetworkGroup, ...]


def sections_of(
    found: Disruptions,
    wanted: Sequence[Moment],
    now: datetime,
    *,
    opened: str,
    chosen: bool,
    by_wheelchair: bool = False,
) -> tuple[Section, ...]:
    """The sections of the `wanted` moments, without those that have no alert. `opened`: the short
    hash of the alert to open, or empty. `chosen`: whether the reader chose a network or a line.
    `by_wheelchair`: whether they come from a search by wheelchair, so that nothing advises one."""
    by_moment: dict[Moment, list[Disruption]] = {moment: [] for moment in EVERY_MOMENT}
    for alert in found.alerts:
        by_moment[moment_of(alert, now)].append(_view_of(alert, found, now, opened))
    if by_wheelchair:
        for moment, views in by_moment.items():
            by_moment[moment] = [_without_access_advice(each) for each in views]
    return tuple(
        Section(
            moment,
            words.alert_count(each.alert.disrupts for each in by_moment[moment]),
            _by_network(by_moment[moment], chosen=chosen, first=place == 0),
        )
        for place, moment in enumerate(each for each in wanted if by_moment[each])
    )


def _without_access_advice(view: Disruption) -> Disruption:
    return replace(view, advice=None) if view.advice == "access" else view


def _by_network(found: list[Disruption], *, chosen: bool, first: bool) -> tuple[NetworkGroup, ...]:
    """The alerts by network. `first`: whether the page begins with them."""
    feeds = list(dict.fromkeys(each.alert.feed for each in found))
    groups = list[NetworkGroup]()
    for feed in feeds:
        alerts = [each for each in found if each.alert.feed == feed]
        notices = tuple(each for each in alerts if not each.alert.disrupts)
        disruptions = [each for each in alerts if each.alert.disrupts]
        opened = any(each.is_open for each in alerts)
        groups.append(
            NetworkGroup(
                alerts[0].network,
                tuple({route.id: route for each in disruptions for route in each.routes}.values()),
                _by_lines(disruptions, chosen=chosen),
                notices,
                count=words.alert_count(each.alert.disrupts for each in alerts),
                notice_count=words.alert_count(False for _ in notices),
                is_open=chosen or len(feeds) == 1 or opened or (first and not groups),
            )
        )
    return tuple(groups)


def _by_lines(found: list[Disruption], *, chosen: bool) -> tuple[LineGroup, ...]:
    """The alerts by the lines that they name; those that name none last."""

    def key(each: Disruption) -> tuple[str, ...]:
        return tuple(route.id for route in each.routes)

    ranked: dict[tuple[str, ...], int] = {}
    for each in found:
        ranked.setdefault(key(each), len(ranked))
    ordered = sorted(found, key=lambda each: (not each.routes, ranked[key(each)]))
    few = chosen or len(found) <= _FEW
    groups = []
    for _, members in groupby(ordered, key=key):
        same = tuple(members)
        routes = same[0].routes
        groups.append(
            LineGroup(
                routes[:_MAX_BADGES],
                max(0, len(routes) - _MAX_BADGES),
                same,
                words.alert_count(True for _ in same),
                few or any(each.is_open for each in same),
            )
        )
    return tuple(groups)


def _view_of(alert: Alert, found: Disruptions, now: datetime, opened: str) -> Disruption:
    routes = tuple(
        found.routes.get(each.id) or Route(each.id, short_name=each.name)
        for each in lines_of(alert)
    )
    stops = _distinct(each.stop for each in alert.informed)
    trips = _distinct(each.trip for each in alert.informed)
    modes = _modes(alert)
    network = alert.feed if found.networks is None else found.networks.named(alert.feed)
    return Disruption(
        alert,
        network=network,
        brief=_brief(alert.period, now),
        periods=tuple(_period(each, now) for each in alert.active_periods[:_MAX_PERIODS]),
        more_periods=max(0, len(alert.active_periods) - _MAX_PERIODS),
        routes=routes,
        stops=stops[:_MAX_STOPS],
        more_stops=max(0, len(stops) - _MAX_STOPS),
        modes=modes,
        entire_network=not (routes or stops or trips or modes),
        some_trips=bool(trips),
        paragraphs=tuple(
            typeset(part.strip())
            for part in (alert.description or "").splitlines()
            if part.strip() and part.strip() != headline(alert)
        ),
        advice=_ADVICE.get(alert.effect.lower()) if alert.disrupts else None,
        source=_source(alert, network, now),
        is_open=words.short_hash(alert.id) == opened,
    )


def _brief(period: Period, now: datetime) -> str:
    """« jusqu'à 18:00 », « à partir du lundi 9 mars à 08:00 »; empty if no end is known."""
    texts = texts_of("perturbations")
    start, end = (each and each.astimezone(now.tzinfo) for each in (period.start, period.end))
    if start is not None and start > now:
        if start.date() == now.date():
            return texts["des"].format(heure=words.clock(start))
        return words.period(start, None)
    if end is None:
        return ""
    if end.date() == now.date():
        return texts["jusque"].format(heure=words.clock(end))
    if (end.hour, end.minute, end.second) == (0, 0, 0):
        return texts["jusqu_au_jour"].format(jour=words.weekday(end - timedelta(days=1)))
    return words.period(None, end)


def _period(period: Period, now: datetime) -> str:
    start, end = (each and each.astimezone(now.tzinfo) for each in (period.start, period.end))
    return words.period(start, end)


def _source(alert: Alert, network: str, now: datetime) -> str:
    texts, name = texts_of("perturbations"), typeset(alert.attribution or network)
    if alert.updated_at is None:
        return name
    return texts["source_age"].format(nom=name, age=words.age(alert.updated_at, now))


def _distinct(named: Iterable[Named | None]) -> tuple[Named, ...]:
    return tuple({each.id: each for each in named if each is not None}.values())


def _modes(alert: Alert) -> tuple[str, ...]:
    """The modes that an alert affects entirely: « Trains », « Bus et cars »."""
    texts = texts_of("perturbations")
    found = {
        texts[f"mode_{mode_of(each.route_type)}"]
        for each in alert.informed
        if each.route_type is not None and not (each.route or each.stop or each.trip)
    }
    return tuple(sorted(found))

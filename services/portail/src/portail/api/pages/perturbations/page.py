"""`GET /perturbations`: current and coming disruptions, of all networks or of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Response

from portail.api import words
from portail.api.parameters import Cursor
from portail.api.rendering import ALERT_READ, headline
from portail.api.texts import texts_of
from portail.domain.alerts import Alert, AlertPage, Named
from portail.domain.networks import NetworkList
from portail.flows.list_disruptions import list_disruptions
from portail.ports import PublicApi
from socle.http import Router
from socle.pages import FOR_A_MINUTE, Pages, page_request, typeset

When = Literal["now", "upcoming", "all"]
Id = Annotated[str, Query(max_length=200)]
_MAX_PERIODS: Final = 4
"""Number of periods listed for an alert."""
_MAX_STOPS: Final = 12
"""Number of stops listed for an alert."""


def disruptions_router(api: PublicApi, pages: Pages, zone: ZoneInfo) -> Router:
    """The router of the page. `zone`: of the times on it."""
    router = Router(include_in_schema=False)

    @router.get("/perturbations")
    async def disruptions(
        quand: When = "now",
        reseau: Id = "",
        ligne: Id = "",
        annonce: Id = "",
        suite: Cursor = None,
    ) -> Response:
        found = await list_disruptions(
            api,
            active=quand,
            language=page_request().language,
            feed=reseau or None,
            route=ligne or None,
            cursor=suite,
        )
        query = {"quand": quand, "reseau": reseau, "ligne": ligne}
        return pages.answer(
            "perturbations/page.html",
            cache=FOR_A_MINUTE,
            headers=ALERT_READ,
            titre=texts_of("perturbations")["titre_a_venir" if quand == "upcoming" else "titre"],
            quand=quand,
            reseau=reseau,
            reseaux=() if found.networks is None else found.networks.feeds,
            compte=_count(found.page),
            reseaux_touches=_by_network(
                [_view_of(each, found.networks, zone, annonce) for each in found.page.alerts],
                chosen=bool(reseau or ligne),
            ),
            suite=_address({**query, "suite": found.page.next}) if found.page.next else None,
        )

    return router


@dataclass(frozen=True, slots=True)
class Disruption:
    """The view of an alert; its texts are in the language of the request."""

    alert: Alert
    network: str
    """The name of its network."""
    periods: tuple[str, ...]
    more_periods: int
    """How many periods are not listed."""
    routes: tuple[Named, ...]
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
    is_open: bool
    """Whether its details are open: the page was opened for this alert."""


@dataclass(frozen=True, slots=True)
class NetworkDisruptions:
    """The alerts of one network, in the order of the API: the worst first."""

    name: str
    disruptions: tuple[Disruption, ...]
    notices: tuple[Disruption, ...]
    """The alerts that disrupt nothing."""
    count: str
    """« 2 perturbations, 1 information »."""
    notice_count: str
    is_open: bool
    """Whether the section is open."""


def _by_network(found: list[Disruption], *, chosen: bool) -> list[NetworkDisruptions]:
    """The alerts by network. `chosen`: whether the reader chose a network or a line."""
    names = list(dict.fromkeys(each.network for each in found))
    groups = []
    for name in names:
        alerts = [each for each in found if each.network == name]
        notices = tuple(each for each in alerts if not each.alert.disrupts)
        groups.append(
            NetworkDisruptions(
                name,
                disruptions=tuple(each for each in alerts if each.alert.disrupts),
                notices=notices,
                count=words.alert_count(each.alert.disrupts for each in alerts),
                notice_count=words.alert_count(False for _ in notices),
                is_open=chosen or len(names) == 1 or any(each.is_open for each in alerts),
            )
        )
    return groups


def _view_of(alert: Alert, networks: NetworkList | None, zone: ZoneInfo, opened: str) -> Disruption:
    """The view of an alert. `opened`: the short hash of the alert to open, or empty."""
    routes = _distinct(each.route for each in alert.informed)
    stops = _distinct(each.stop for each in alert.informed)
    trips = _distinct(each.trip for each in alert.informed)
    modes = _modes(alert)
    return Disruption(
        alert,
        network=alert.feed if networks is None else networks.named(alert.feed),
        periods=tuple(
            words.period(
                period.start and period.start.astimezone(zone),
                period.end and period.end.astimezone(zone),
            )
            for period in alert.active_periods[:_MAX_PERIODS]
        ),
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
        is_open=words.short_hash(alert.id) == opened,
    )


def _distinct(named: Iterable[Named | None]) -> tuple[Named, ...]:
    return tuple({each.id: each for each in named if each is not None}.values())


def _modes(alert: Alert) -> tuple[str, ...]:
    """The modes that an alert affects entirely: « Trains », « Bus et cars »."""
    texts = texts_of("perturbations")
    found = {
        texts.get(f"mode_{each.route_type}", texts["mode_autre"])
        for each in alert.informed
        if each.route_type is not None and not (each.route or each.stop or each.trip)
    }
    return tuple(sorted(found))


def _count(page: AlertPage) -> str:
    """« 2 perturbations, 1 information », or that more follow."""
    if page.next is not None:
        return texts_of("perturbations")["nombre_plus"].format(n=len(page.alerts))
    return words.alert_count(each.disrupts for each in page.alerts)


def _address(query: dict[str, str | None]) -> str:
    return "/perturbations?" + urlencode({name: value for name, value in query.items() if value})

"""`GET /indicateurs`: how punctual networks were yesterday, then every indicator with its chart."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, Literal, get_args
from zoneinfo import ZoneInfo

from fastapi import Query as Parameter
from fastapi import Response

from portail.api.pages.indicateurs.offer import quality_section, supply_section
from portail.api.pages.indicateurs.punctuality import (
    Name,
    by_owner,
    cancellations_section,
    day_name,
    days_section,
    hours_section,
    lines_section,
    rate_text,
)
from portail.api.pages.indicateurs.section import Section, observed, too_few
from portail.api.pages.indicateurs.waits import accuracy_section, regularity_section
from portail.api.texts import texts_of
from portail.domain.indicators import Query, Source
from portail.flows.show_indicators import Indicators, show_indicators
from portail.ports import PublicApi
from socle.clock import Clock
from socle.http import Router
from socle.pages import FOR_A_MINUTE, Pages, page_request
from socle.pages.rendering import upper_first

Period = Literal["hier", "semaine", "mois"]
Id = Annotated[str, Parameter(max_length=200)]
_DAYS: Final[dict[Period, int]] = {"hier": 1, "semaine": 7, "mois": 30}


def indicators_router(api: PublicApi, pages: Pages, clock: Clock, zone: ZoneInfo) -> Router:
    """The router of the page. `zone`: in which it is yesterday."""
    router = Router(include_in_schema=False)

    @router.get("/indicateurs")
    async def indicators(
        reseau: Id = "",
        ligne: Id = "",
        periode: Period = "semaine",
        mesure: Source = "predictions",
    ) -> Response:
        today = clock.now().astimezone(zone).date()
        query = query_of(today, reseau, ligne, periode, mesure)
        found = await show_indicators(api, query, today=today, language=page_request().language)
        return pages.answer(
            "indicateurs/page.html",
            cache=FOR_A_MINUTE,
            query=query,
            periode=periode,
            periodes=get_args(Period),
            mesures=get_args(Source),
            jours=(day_name(query.first), day_name(query.last)),
            reseaux=() if found.networks is None else found.networks.feeds,
            lignes=() if found.routes is None else found.routes.routes,
            veille=last_day_of(found, query, today),
            sections=_sections(found, query),
        )

    return router


@dataclass(frozen=True, slots=True)
class LastDay:
    """How punctual each network, or each line of one, was yesterday; today while that is all."""

    title: str
    rows: tuple[tuple[str, str, str], ...]
    """Of each: its name, its share on time or nothing, how much was observed."""
    missing: str | None = None
    definition: str = ""


def query_of(today: date, feed: str, route: str, period: Period, source: Source) -> Query:
    """What the page is of. A line of another network than the form's is left out."""
    last = today - timedelta(days=1) if period == "hier" else today
    first = today - timedelta(days=_DAYS[period])
    if feed and not route.startswith(f"{feed}:"):
        route = ""
    return Query(first, last, feed or route.partition(":")[0] or None, route or None, source)


def last_day_of(found: Indicators, query: Query, today: date) -> LastDay:
    """The first thing on the page."""
    texts, yesterday = texts_of("indicateurs"), today - timedelta(days=1)
    if found.yesterday is None and found.today is None:
        return LastDay(texts["hier"].format(jour=day_name(yesterday)), (), texts["indisponible"])
    rows, title = found.yesterday, texts["hier"].format(jour=day_name(yesterday))
    missing = None
    if rows is None or not any(row.n for row in rows.rows):
        rows, title = found.today, texts["aujourd_hui"]
        missing = texts["pas_encore_hier"]
    owners = [] if rows is None else by_owner(rows, Query(today, today, None, None))
    if query.route is not None and rows is not None:
        owners = by_owner(rows, query)
    names = _names(found)
    lines = tuple(
        (
            names(owner),
            rate_text(row) if row.is_enough else "",
            observed(row.n, row.coverage, short=True)
            if row.is_enough
            else upper_first(too_few(row.n)),
        )
        for owner, row in sorted(owners, key=lambda each: names(each[0]))
    )
    if not any(row.n for _, row in owners):
        return LastDay(title, (), texts["rien_encore" if _is_empty(found) else "rien_recent"])
    return LastDay(title, lines, missing, "" if rows is None else rows.definition)


def _is_empty(found: Indicators) -> bool:
    """Whether nothing at all was observed in the period."""
    return found.by_day is not None and not any(row.n for row in found.by_day.rows)


def _sections(found: Indicators, query: Query) -> list[Section]:
    names = _names(found)
    sections = [days_section(found.by_day, query)]
    if query.route is None:
        sections.append(lines_section(found.by_route, query, names))
    return [
        *sections,
        hours_section(found.by_hour, query),
        cancellations_section(found.by_day, query),
        regularity_section(found.regularity, query, names),
        accuracy_section(found.accuracy, query),
        quality_section(found.feed_quality, query, names),
        supply_section(found.supply, query, names),
    ]


def _names(found: Indicators) -> Name:
    """The names of lines, with their network if several are on the page, and of networks."""
    networks = {} if found.networks is None else {n.id: n.called for n in found.networks.feeds}
    routes = {
        each.id: each
        for page in (found.routes, *found.other_routes)
        if page
        for each in page.routes
    }
    several = found.routes is None
    texts = texts_of("indicateurs")

    def name(owner: str) -> str:
        if owner in networks:
            return networks[owner]
        feed, _, local = owner.partition(":")
        if not local:
            return feed
        line = routes[owner].name if owner in routes else local
        if not several:
            return texts["ligne_nom"].format(nom=line)
        return texts["ligne_de_reseau"].format(nom=line, reseau=networks.get(feed, feed))

    return name

"""`GET /lignes/{id}`: a line, and the stream of its current runs.

Server-sent events, as those of boards: `tableau` is the HTML fragment that replaces the list of
runs. The page is complete without scripts.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from portail.api import words
from portail.api.addresses import line_address, trip_address
from portail.api.events import HEARTBEAT, RETRY, event, event_stream
from portail.api.geojson import MEDIA_TYPE, feature_collection
from portail.api.pages.lignes.current_runs import runs_view
from portail.api.pages.lignes.line_names import mode_name, ways_of
from portail.api.pages.lignes.plan import STOP_Y, plan_of
from portail.api.pages.lignes.timetable import hours_of, table_of
from portail.api.pages.lignes.trace import line_features
from portail.api.texts import texts_of
from portail.domain.lines import LineRuns
from portail.flows.optional_parts import offered_notifications
from portail.flows.shared_streams import SharedStreams, newest
from portail.flows.show_line import LinePage, LinePart, NextDeparture, show_line
from portail.ports import PublicApi
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router
from socle.pages import BRIEFLY, FOR_A_MINUTE, Pages, page_request, typeset

StopId = Annotated[str, Query(max_length=300)]
Day = Annotated[str, Query(max_length=20)]
WayNumber = Annotated[str, Query(max_length=2)]
_MAX_ALERTS: Final = 20
_YEARS: Final = range(2000, 2100)
"""Those that a timetable can have."""


def line_router(api: PublicApi, pages: Pages, clock: Clock, zone: ZoneInfo) -> Router:
    """The router of the page of a line, and of its stream. `zone`: of its days."""
    router, streams = Router(include_in_schema=False), SharedStreams[LineRuns, LineRuns](newest)

    @router.get("/lignes/{route_id:path}/flux")
    async def stream(request: Request, route_id: str, sens: WayNumber = "") -> StreamingResponse:
        events = _events(api, streams, pages, clock, route_id, _number(sens))
        return event_stream(request, events)

    @router.get("/lignes/{route_id:path}/trace.geojson")
    async def trace(route_id: str) -> Response:
        body = feature_collection(line_features(await api.line(route_id)))
        return Response(body, media_type=MEDIA_TYPE, headers={"cache-control": FOR_A_MINUTE})

    @router.get("/lignes/{route_id:path}")
    async def line(
        route_id: str, sens: WayNumber = "", arret: StopId = "", date: Day = ""
    ) -> Response:
        now, day = clock.now().astimezone(zone), _parsed(date)
        part = LinePart(_number(sens), arret or None, day)
        found, offered = await asyncio.gather(
            show_line(api, route_id, part, language=page_request().language, now=now),
            offered_notifications(api),
        )
        return pages.answer(
            "lignes/ligne.html",
            cache=BRIEFLY,
            maps=True,
            jour_invalide=bool(date) and day is None,
            jour_choisi=day,
            notifications=offered,
            **_values(found, now),
        )

    return router


def _number(text: str) -> int | None:
    """A direction_id; None for another text."""
    return int(text) if text in ("0", "1") else None


def _parsed(text: str) -> date | None:
    """The day of a form; None if it is none, or of another century."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day is not None and day.year in _YEARS else None


def _values(found: LinePage, now: datetime) -> dict[str, Any]:
    """The values of the template."""
    line, direction, texts = found.line, found.direction, texts_of("lignes")
    here, feed = line_address(line.id), line.feed or line.id.partition(":")[0]
    way = None if direction is None else direction.direction_id
    alerts = tuple(found.alerts or ())[:_MAX_ALERTS]
    network = feed if found.networks is None else found.networks.named(feed)
    return {
        "titre": texts["titre_ligne"].format(ligne=typeset(line.name), chemin=ways_of(line, texts)),
        "titre_court": texts["ligne_nommee"].format(ligne=typeset(line.name)),
        "adresse": here,
        "page_ligne": found,
        "ligne": line,
        "nom_complet": texts["ligne_et_reseau"].format(
            ligne=typeset(line.name), reseau=typeset(network)
        ),
        "reseau": network,
        "reseau_id": feed,
        "mode": mode_name(line, texts),
        "chemin": ways_of(line, texts),
        "sens_choisi": direction,
        "vue": None if found.runs is None else runs_view(found.runs, line.id, way, now),
        "flux": f"{here}/flux" + ("" if way is None else f"?sens={way}"),
        "departs": [_departure(each, line.id, now) for each in found.departures],
        "plan": None if direction is None else plan_of(line, direction),
        "haut": STOP_Y,
        "limites": _limits(found),
        "alertes": alerts,
        "compte_alertes": words.alert_count(each.disrupts for each in alerts),
        "en_cours": any(each.active and each.disrupts for each in alerts),
        **_timetable_values(found, here, now),
    }


def _timetable_values(found: LinePage, here: str, now: datetime) -> dict[str, Any]:
    """The values of the timetable of the day, and the addresses of other days and directions."""
    line, direction, texts, day = found.line, found.direction, texts_of("lignes"), found.day
    chosen = {
        "sens": None if direction is None else direction.direction_id,
        "arret": None if found.stop is None else found.stop.id,
        "date": f"{day}",
    }
    usual = next(iter(direction.headsigns), None) if direction is not None else None
    complete, at_stop = found.complete, found.at_stop
    is_table = complete is not None and bool(complete.runs)
    by_hour = complete is None and at_stop is not None and bool(at_stop.runs)
    return {
        "sens": [_way(each, here, chosen, texts) for each in line.directions],
        "tableau": table_of(complete, line.id, usual) if complete and is_table else None,
        "heures": hours_of(at_stop, line.id, usual) if at_stop and by_hour else None,
        "jour": day,
        "jour_texte": words.weekday(datetime.combine(day, time(), now.tzinfo)),
        "veille": _address(here, chosen, date=f"{day - timedelta(days=1)}"),
        "lendemain": _address(here, chosen, date=f"{day + timedelta(days=1)}"),
        "prochain_jour": _next_day(found, here, chosen),
    }


def _way(each: Any, here: str, chosen: dict[str, Any], texts: Any) -> dict[str, Any]:
    """A link to one direction of the line."""
    name = next(iter(each.headsigns), "")
    return {
        "nom": texts["sens_vers"].format(vers=typeset(name)) if name else texts["sens_inconnu"],
        "adresse": _address(here, chosen, sens=each.direction_id, arret=None),
        "choisi": each.direction_id == chosen["sens"],
    }


def _departure(each: NextDeparture, route_id: str, now: datetime) -> dict[str, Any]:
    call, run = each.call, each.run
    state, tone = words.state_of(call.state, call.delay, modified=run.modified)
    return {
        "due": call.due,
        "jour": words.day_of(call.due, now),
        "prevu": call.departure if call.delay and abs(call.delay) >= 60 else None,
        "circule": call.runs,
        "vers": typeset(run.headsign),
        "etat": state,
        "ton": tone,
        "adresse": trip_address(run.trip_id, run.start_date, run.start_time, route_id),
    }


def _next_day(found: LinePage, here: str, chosen: dict[str, Any]) -> tuple[str, str] | None:
    """The address and name of the next day with runs, if the chosen one has none."""
    timetable = found.complete or found.at_stop
    if timetable is None or timetable.runs or not timetable.next_date:
        return None
    day = datetime.strptime(timetable.next_date, "%Y%m%d")  # noqa: DTZ007 (a date)
    return _address(here, chosen, date=f"{day:%Y-%m-%d}"), words.weekday(day)


def _limits(found: LinePage) -> tuple[date, date] | None:
    """The first and the last day of the timetable."""
    first, last = found.line.valid_from, found.line.valid_to
    if first is None or last is None:
        return None
    return date.fromisoformat(first), date.fromisoformat(last)


def _address(here: str, chosen: dict[str, Any], **changes: Any) -> str:
    query = {**chosen, **changes}
    given = {name: value for name, value in query.items() if value is not None}
    return f"{here}?{urlencode(given, safe=':')}" if given else here


async def _events(
    api: PublicApi,
    streams: SharedStreams[LineRuns, LineRuns],
    pages: Pages,
    clock: Clock,
    route_id: str,
    direction: int | None,
) -> AsyncGenerator[bytes, None]:
    yield RETRY
    try:
        states = streams.listen(route_id, lambda: api.watch_line_runs(route_id))
        async with aclosing(states) as received:
            async for runs in received:
                if runs is None:
                    yield HEARTBEAT
                    continue
                view = runs_view(runs, route_id, direction, clock.now())
                yield event("tableau", pages.html("lignes/courses.html", vue=view))
    except Refusal:
        return  # the page reports that it is no longer updated, and tries again

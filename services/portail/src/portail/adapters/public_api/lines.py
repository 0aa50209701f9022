"""Lines and their runs."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Final
from urllib.parse import quote

from pydantic import TypeAdapter

from portail.adapters.public_api.client import ApiClient, api_address
from portail.domain.alerts import Alert
from portail.domain.board import Board
from portail.domain.lines import Line, LinePage, LineRuns, LineTimetable
from portail.domain.trips import Trip

_LINES: Final = TypeAdapter(LinePage)
_LINE: Final = TypeAdapter(Line)
_TIMETABLE: Final = TypeAdapter(LineTimetable)
_RUNS: Final = TypeAdapter(LineRuns)
_TRIP: Final = TypeAdapter(Trip)
_ALERT: Final = TypeAdapter(Alert)
_BOARD: Final = TypeAdapter(Board)


class HttpLinesApi(ApiClient):
    """Implements `LinesApi` over HTTP."""

    async def lines(
        self,
        *,
        limit: int,
        name: str | None = None,
        feed: str | None = None,
        route_type: int | None = None,
        cursor: str | None = None,
    ) -> LinePage:
        query = {"q": name, "feed": feed, "type": route_type, "cursor": cursor}
        return (await self.cached(_LINES, "/routes", limit=limit, **query)).value

    async def line(self, route_id: str) -> Line:
        return (await self.cached(_LINE, _route(route_id))).value

    async def line_timetable(
        self, route_id: str, *, date: str, direction: int | None, stop_id: str | None = None
    ) -> LineTimetable:
        path = _route(route_id) + "/timetable"
        query = {"date": date, "direction": direction, "stop": stop_id}
        return (await self.cached(_TIMETABLE, path, **query)).value

    async def line_runs(self, route_id: str) -> LineRuns:
        return (await self.cached(_RUNS, _route(route_id) + "/runs")).value

    def watch_line_runs(self, route_id: str) -> AsyncGenerator[LineRuns, None]:
        return self.stream(_RUNS, "GET", _route(route_id) + "/runs/stream")

    async def trip(
        self, trip_id: str, *, date: str | None = None, start_time: str | None = None
    ) -> Trip:
        query = {"date": date, "start_time": start_time}
        return (await self.cached(_TRIP, _trip(trip_id), **query)).value

    def watch_trip(
        self, trip_id: str, *, date: str | None = None, start_time: str | None = None
    ) -> AsyncGenerator[Trip, None]:
        query = {"date": date, "start_time": start_time}
        return self.stream(_TRIP, "GET", api_address(_trip(trip_id) + "/stream", query))

    async def alert(self, alert_id: str, *, language: str) -> Alert:
        path = f"/alerts/{quote(alert_id, safe='')}"
        return (await self.cached(_ALERT, path, lang=language)).value

    async def departures_from(
        self, stop_id: str, at: datetime, *, language: str, limit: int
    ) -> Board:
        path = f"/stops/{quote(stop_id, safe='')}/departures"
        query = {"at": at.isoformat(), "lang": language, "limit": limit}
        return (await self.cached(_BOARD, path, **query)).value


def _route(route_id: str) -> str:
    return f"/routes/{quote(route_id, safe='')}"


def _trip(trip_id: str) -> str:
    return f"/trips/{quote(trip_id, safe='')}"

"""Lines and their runs, from the public API."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Protocol

from portail.domain.alerts import Alert
from portail.domain.board import Board
from portail.domain.lines import Line, LinePage, LineRuns, LineTimetable
from portail.domain.trips import Trip


class LinesApi(Protocol):
    """Lines and their runs."""

    async def lines(
        self,
        *,
        limit: int,
        name: str | None = None,
        feed: str | None = None,
        route_type: int | None = None,
        cursor: str | None = None,
    ) -> LinePage:
        """A page of the lines of a name, number or terminus, of a network, of a mode (GTFS's
        route_type); all of them without these."""
        ...

    async def line(self, route_id: str) -> Line:
        """A line with its stops."""
        ...

    async def line_timetable(
        self, route_id: str, *, date: str, direction: int | None, stop_id: str | None = None
    ) -> LineTimetable:
        """The runs of one direction on a service day (YYYYMMDD). `stop_id`: only the calls
        there."""
        ...

    async def line_runs(self, route_id: str) -> LineRuns:
        """The runs that are under way."""
        ...

    def watch_line_runs(self, route_id: str) -> AsyncGenerator[LineRuns, None]:
        """The same, again after every change, until the API ends the stream."""
        ...

    async def trip(
        self, trip_id: str, *, date: str | None = None, start_time: str | None = None
    ) -> Trip:
        """One run: of a service day (YYYYMMDD), or the nearest to now."""
        ...

    def watch_trip(
        self, trip_id: str, *, date: str | None = None, start_time: str | None = None
    ) -> AsyncGenerator[Trip, None]:
        """The same, again after every change, until the API ends the stream."""
        ...

    async def alert(self, alert_id: str, *, language: str) -> Alert:
        """One alert."""
        ...

    async def departures_from(
        self, stop_id: str, at: datetime, *, language: str, limit: int
    ) -> Board:
        """The departures of a stop from an instant on."""
        ...

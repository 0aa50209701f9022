"""The roles of mobilité, assembled: the one place that sees everything.

import   schedules → packed files → mobilite.timetable.v1
poll     GTFS-RT → mobilite.{trip-update,vehicle-position,alert,feed-poll}.v1
         GBFS → mobilite.rental-{station,vehicle,system}.v1
desk     notices of operators without software → an address that poll reads
api      the tables → one live state → boards
all      the four in one process, for one machine; the desk where it has keys
"""

from typing import Final

from mobilite.feeds.flows.declared_feeds import FeedsDeclared
from mobilite.live.flows import Live
from mobilite.wiring.app import make_api
from mobilite.wiring.boards import wire_boards
from mobilite.wiring.desk import wire_notices
from mobilite.wiring.imports import wire_imports
from mobilite.wiring.polling import wire_polls
from mobilite.wiring.rental import wire_rental_polls, wire_rentals
from mobilite.wiring.shared import (
    Start,
    database_of,
    feeds_declared,
    feeds_polled,
    open_role_bus,
    watch_declared,
)
from socle.http import make_app
from socle.service import Running, combine

_BOARDS: Final = frozenset({"mobilite"})


async def wire_import(given: Start) -> Running:
    """The role that imports schedules; its face hands packed files to the replicas."""
    database, declared = database_of(given), feeds_declared(given)
    bus = await open_role_bus(given)
    face = make_app("Mobilité, import", service="mobilite", clock=given.clock, openapi_url=None)
    imports = await wire_imports(given, database, bus, declared, face)
    # Replicas ask this face for packed files; the gateway knows it not.
    return combine(Running(app=face), watch_declared(declared), imports)


async def wire_poll(given: Start) -> Running:
    """The role that polls operators' addresses. One replica: two would tell everything twice."""
    bus, polled = await open_role_bus(given), feeds_polled(given)
    return combine(
        watch_declared(polled),
        await wire_polls(given, bus, polled),
        await wire_rental_polls(given, bus, polled),
    )


async def wire_desk(given: Start) -> Running:
    """The role where operators publish. As many replicas as they need."""
    database, declared = database_of(given), feeds_declared(given)
    face = make_app("Mobilité, guichet", service="mobilite", clock=given.clock)
    notices = await wire_notices(given, database, await open_role_bus(given), declared, face)
    return combine(Running(app=face), notices)


async def wire_api(given: Start) -> Running:
    """The role that answers travellers. As many replicas as they need."""
    live = Live()
    face = make_api(live, given.clock)
    bus = await open_role_bus(given)
    boards = await wire_boards(given, bus, live, face)
    running = Running(app=face, audiences=_BOARDS)
    return combine(running, boards, wire_rentals(bus, live.rentals))


async def wire_all(given: Start) -> Running:
    """The roles in one process, over one connection to the bus."""
    database, declared = database_of(given), feeds_declared(given)
    bus, live = await open_role_bus(given), Live()
    face = make_api(live, given.clock)
    notices = Running()
    if given.settings.desk_keys is not None:
        notices = await wire_notices(given, database, bus, declared, face)
    return combine(
        Running(app=face, audiences=_BOARDS),
        watch_declared(declared),
        await wire_imports(given, database, bus, declared, face),
        await wire_polls(given, bus, feeds_polled(given)),
        await wire_rental_polls(given, bus, declared),
        await wire_boards(given, bus, live, face),
        wire_rentals(bus, live.rentals),
        notices,
        _first_boards(declared, live),
    )


def _first_boards(declared: FeedsDeclared, live: Live) -> Running:
    """Where import and boards are one process, ready means that what is declared is there."""

    def why_not() -> str | None:
        waiting = [feed.id for feed in declared.feeds if feed.id not in live.state.timetables]
        return f"pas encore annoncés : {', '.join(waiting)}" if waiting else None

    return Running(checks={"boards": why_not})

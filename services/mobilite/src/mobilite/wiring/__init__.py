"""The roles of mobilité: each `wire_…` function builds one from all its parts.

import     schedules → packed files → mobilite.timetable.v1
poll       GTFS-RT → mobilite.{trip-update,vehicle-position,alert,feed-poll}.v1
           GBFS → mobilite.rental-{station,vehicle,system}.v1
desk       notices of operators without software → an address that poll reads
api        the tables → one live state → boards
journeys   the tables → one live state → a network in which journeys are searched
indicators the tables → one live state → what has happened, archived → figures
all        the six in one process, for one machine; the desk only if it has keys

Each function imports the parts of its role: a process loads the libraries that it uses.
"""

from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.wiring.shared import (
    Start,
    database_of,
    feeds_declared,
    feeds_polled,
    open_role_bus,
    watch_declared,
)
from socle.http import make_app
from socle.postgres import watch_postgres
from socle.service import RunningRole, combine

if TYPE_CHECKING:
    from mobilite.live.flows import Live

_BOARDS: Final = frozenset({"mobilite"})


async def wire_import(given: Start) -> RunningRole:
    """The role that imports schedules; its app serves packed files to the replicas."""
    from mobilite.wiring.imports import wire_imports

    database, declared = database_of(given), feeds_declared(given)
    bus = await open_role_bus(given)
    app = make_app("Mobilité, import", service="mobilite", clock=given.clock, openapi_url=None)
    imports = await wire_imports(given, database, bus, declared, app)
    # Replicas fetch packed files from this app; the gateway does not route it.
    database_ready = watch_postgres(database, application_name="mobilite-import")
    return combine(RunningRole(app=app), watch_declared(declared), imports, database_ready)


async def wire_poll(given: Start) -> RunningRole:
    """The role that polls operators' addresses. It must have one replica only: two would publish
    everything twice."""
    from mobilite.wiring.polling import wire_polls
    from mobilite.wiring.rental import wire_rental_polls

    bus, polled = await open_role_bus(given), feeds_polled(given)
    return combine(
        watch_declared(polled),
        await wire_polls(given, bus, polled),
        await wire_rental_polls(given, bus, polled),
    )


async def wire_desk(given: Start) -> RunningRole:
    """The role where operators publish notices. Any number of replicas."""
    from mobilite.wiring.desk import wire_notices
    from mobilite.wiring.openapi import TAGS

    database, declared = database_of(given), feeds_declared(given)
    app = make_app("Mobilité, guichet", service="mobilite", clock=given.clock, openapi_tags=TAGS)
    notices = await wire_notices(given, database, await open_role_bus(given), declared, app)
    database_ready = watch_postgres(database, application_name="mobilite-desk")
    return combine(RunningRole(app=app), notices, database_ready)


async def wire_api(given: Start) -> RunningRole:
    """The role that answers travellers. Any number of replicas."""
    from mobilite.emissions.adapters.factors_file import read_factors
    from mobilite.live.flows import Live
    from mobilite.wiring.addresses import wire_addresses
    from mobilite.wiring.app import make_api
    from mobilite.wiring.boards import wire_boards
    from mobilite.wiring.rental import wire_rentals

    live = Live()
    app = make_api(live, given.clock, read_factors(given.settings.emissions))
    bus = await open_role_bus(given)
    boards = await wire_boards(given, bus, live, app)
    running = RunningRole(app=app, audiences=_BOARDS)
    addresses = wire_addresses(given, live.places.addresses, "api")
    return combine(running, boards, addresses, wire_rentals(bus, live.rentals))


async def wire_journeys(given: Start) -> RunningRole:
    """The role that searches journeys. Any number of replicas."""
    from mobilite.live.flows import Live
    from mobilite.wiring.addresses import wire_addresses
    from mobilite.wiring.live import follow_live, open_follower
    from mobilite.wiring.openapi import TAGS
    from mobilite.wiring.rental import wire_rentals

    live = Live()
    app = make_app(
        "Mobilité, itinéraires", service="mobilite", clock=given.clock, openapi_tags=TAGS
    )
    bus = await open_role_bus(given)
    follower = await open_follower(given, live, "journeys")
    following = await follow_live(
        given, bus, live, follower, live.follow_trip_updates, vehicles=False
    )
    rentals = wire_rentals(bus, live.rentals)
    addresses = wire_addresses(given, live.places.addresses, "journeys")
    searches = await _searches(given, live, app, combine(following, rentals))
    parts = (following, rentals, addresses, searches, _notifications_database(given))
    return combine(RunningRole(app=app), *parts)


async def wire_indicators(given: Start) -> RunningRole:
    """The role that observes what happens, archives it and computes figures. It must have one
    replica only: each would archive everything."""
    from mobilite.live.flows import Live
    from mobilite.wiring.estimates import wire_estimates
    from mobilite.wiring.indicators import wire_figures
    from mobilite.wiring.live import follow_live, open_follower
    from mobilite.wiring.openapi import TAGS

    live = Live()
    app = make_app(
        "Mobilité, indicateurs", service="mobilite", clock=given.clock, openapi_tags=TAGS
    )
    bus = await open_role_bus(given)
    follower = await open_follower(given, live, "indicators")
    following = await follow_live(given, bus, live, follower, live.follow_trip_updates)
    figures, declared = await wire_figures(given, bus, live, app), feeds_declared(given)
    estimates = wire_estimates(given, live, declared, app)
    watching = watch_declared(declared)
    return combine(RunningRole(app=app), watching, following, figures, estimates)


async def wire_all(given: Start) -> RunningRole:
    """All roles in one process, over one connection to the bus."""
    from mobilite.emissions.adapters.factors_file import read_factors
    from mobilite.live.flows import Live
    from mobilite.wiring.addresses import wire_addresses
    from mobilite.wiring.app import make_api
    from mobilite.wiring.boards import wire_boards
    from mobilite.wiring.desk import wire_notices
    from mobilite.wiring.estimates import wire_estimates
    from mobilite.wiring.imports import wire_imports
    from mobilite.wiring.indicators import wire_figures
    from mobilite.wiring.polling import wire_polls
    from mobilite.wiring.rental import wire_rental_polls, wire_rentals

    database, declared = database_of(given), feeds_declared(given)
    bus, live = await open_role_bus(given), Live()
    app = make_api(live, given.clock, read_factors(given.settings.emissions))
    notices = RunningRole()
    if given.settings.desk_keys is not None:
        notices = await wire_notices(given, database, bus, declared, app)
    boards, rentals = await wire_boards(given, bus, live, app), wire_rentals(bus, live.rentals)
    return combine(
        RunningRole(app=app, audiences=_BOARDS),
        watch_declared(declared),
        await wire_imports(given, database, bus, declared, app),
        await wire_polls(given, bus, feeds_polled(given)),
        await wire_rental_polls(given, bus, declared),
        boards,
        wire_addresses(given, live.places.addresses, "api"),
        rentals,
        await _searches(given, live, app, combine(boards, rentals)),
        await wire_figures(given, bus, live, app),
        wire_estimates(given, live, declared, app),
        notices,
        _first_boards(declared, live),
        # Boards and journeys answer without it.
        watch_postgres(database, application_name="mobilite", optional=True),
    )


async def _searches(given: Start, live: "Live", app: FastAPI, tables: RunningRole) -> RunningRole:
    """The search of journeys in `live`, with its endpoint in `app`. `tables`: what applies those of
    the bus to `live`."""
    from mobilite.journeys.adapters.kernel_cache import cache_kernels

    cache_kernels(given.settings.data / "kernels")
    # Numba reads the folder of its cache when it is imported.
    from mobilite.wiring.journeys import wire_searches

    return await wire_searches(given, live, app, tables)


def _notifications_database(given: Start) -> RunningRole:
    """The readiness of the database of notifications; journeys are searched without it."""
    if given.settings.push_key is None:
        return RunningRole()
    name = "mobilite-web-push"
    return watch_postgres(database_of(given), application_name=name, optional=True)


def _first_boards(declared: DeclaredFeeds, live: "Live") -> RunningRole:
    """With import and boards in one process: ready once every declared feed is announced."""

    def why_not() -> str | None:
        waiting = [feed.id for feed in declared.feeds if feed.id not in live.state.timetables]
        return f"pas encore annoncés : {', '.join(waiting)}" if waiting else None

    return RunningRole(checks={"boards": why_not})

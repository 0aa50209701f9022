"""The routes of mobilité, in order: journeys, indicators and the desk have services
of their own."""

from typing import Final

from gateway.callers.domain.access import OPEN
from gateway.routes.domain.plan_names import PlanClass
from gateway.routes.domain.routes import (
    DELETE,
    POST,
    POST_AND_OPTIONS,
    READ,
    READ_AND_WRITE,
    STREAM,
    Limits,
    Route,
    Service,
)

MOBILITE: Final = Service("mobilite")
MOBILITE_JOURNEYS: Final = Service("mobilite_journeys")
MOBILITE_INDICATORS: Final = Service("mobilite_indicators")
MOBILITE_DESK: Final = Service("mobilite_desk")

_INDICATORS: Final[tuple[tuple[str, PlanClass], ...]] = (
    ("passages/{rest...}", "bulk"),
    ("{rest...}", "list"),
)

_SIRI_LITE: Final[tuple[tuple[str, PlanClass], ...]] = (
    ("stop-monitoring", "board"),
    ("stop-monitoring.{form}", "board"),
    # All of a network or the region, read every 30 seconds: more often a day than a list.
    *(
        (f"{service}{form}", "bulk")
        for service in (
            "estimated-timetable",
            "vehicle-monitoring",
            "situation-exchange",
            "general-message",
        )
        for form in ("", ".{form}")
    ),
    ("{rest...}", "list"),
)


def _public(
    pattern: str, plan_class: PlanClass, service: Service = MOBILITE, *, coverable: bool = True
) -> Route:
    """Open data for travellers: for any caller and origin, the same for all."""
    return Route(
        pattern,
        service,
        OPEN,
        plan_class=plan_class,
        cacheable=True,
        cors="public",
        coverable=coverable,
    )


def _public_stream(
    pattern: str, service: Service = MOBILITE, methods: frozenset[str] = READ
) -> Route:
    """A stream of open data for travellers."""
    return Route(
        pattern,
        service,
        OPEN,
        methods,
        plan_class="stream",
        cors="public",
        streaming=True,
        compress=False,
        limits=STREAM,
    )


MOBILITE_ROUTES: Final[tuple[Route, ...]] = (
    _public_stream("/mobilite/v1/stops/{stop_id}/departures/stream"),
    _public_stream("/mobilite/v1/alerts/stream"),
    _public_stream("/mobilite/v1/vehicles/stream"),
    _public_stream("/mobilite/v1/routes/{route_id}/runs/stream"),
    _public_stream("/mobilite/v1/trips/{trip_id}/stream"),
    _public_stream("/mobilite/v1/journeys/{journey_id}/watch", MOBILITE_JOURNEYS, POST_AND_OPTIONS),
    *(
        # A browser and its journey, line or stop: no other site, no cache, no pilot.
        Route(
            pattern,
            MOBILITE_JOURNEYS,
            OPEN,
            methods=methods,
            plan_class="push",
            coverable=False,
            limits=Limits(body_bytes=8192),
        )
        for subject in ("journeys/{journey_id}", "routes/{route_id}", "stops/{stop_id}")
        for pattern, methods in (
            (f"/mobilite/v1/{subject}/subscriptions", POST),
            (f"/mobilite/v1/{subject}/subscriptions/{{subscription_id}}", DELETE),
        )
    ),
    *(
        Route(
            pattern,
            MOBILITE_DESK,
            OPEN,  # the desk checks keys of its own
            methods=READ_AND_WRITE,
            plan_class="desk",
            credentials=True,
            limits=Limits(body_bytes=256 * 1024),
        )
        for pattern in ("/mobilite/v1/desk", "/mobilite/v1/desk/{rest...}")
    ),
    _public("/mobilite/v1/stops/{stop_id}/departures", "board"),
    _public("/mobilite/v1/journeys", "search", MOBILITE_JOURNEYS),
    _public("/mobilite/v1/journeys/{journey_id}", "search", MOBILITE_JOURNEYS),
    _public("/mobilite/v1/journeys/{journey_id}/query", "list", MOBILITE_JOURNEYS),
    _public("/mobilite/v1/isochrones", "search", MOBILITE_JOURNEYS),
    _public("/mobilite/v1/web-push", "list", MOBILITE_JOURNEYS, coverable=False),
    *(
        # Figures of what has happened: no pilot changes them.
        _public(f"/mobilite/v1/indicators/{rest}", plan_class, MOBILITE_INDICATORS, coverable=False)
        for rest, plan_class in _INDICATORS
    ),
    _public("/mobilite/v1/stops", "search"),
    _public("/mobilite/v1/places", "search"),
    _public("/mobilite/v1/gtfs.zip", "bulk"),
    _public("/mobilite/v1/gtfs-rt/{rest...}", "bulk"),
    _public("/mobilite/v1/{rest...}", "list"),
    # A format of exchange: no pilot changes it.
    *(_public(f"/siri/2.0/{rest}", plan_class, coverable=False) for rest, plan_class in _SIRI_LITE),
    Route(
        "/siri/2.1",
        MOBILITE,
        OPEN,
        POST_AND_OPTIONS,
        plan_class="bulk",
        cors="public",
        coverable=False,
    ),
    # The schedule as every reuser gets it: no pilot changes it.
    _public("/netex/{rest...}", "bulk", coverable=False),
)

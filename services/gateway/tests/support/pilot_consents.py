"""Consents, as the gateway knows them once it has read the two tables."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.events import ConsentV1, PilotV1
from gateway.pilots.adapters.pilot_metrics import PilotMetrics
from gateway.pilots.flows.follow_pilots import PilotState
from socle.events import Event, Position, Received

GIVEN_AT = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def record_of(event: PilotV1 | ConsentV1) -> Received:  # type: ignore[type-arg]
    """The record of that event."""
    return _received(event.key(), event)


def deleted(key: str) -> Received:  # type: ignore[type-arg]
    """A tombstone."""
    return _received(key, None)


def _received(key: str, event: Event | None) -> Received:  # type: ignore[type-arg]
    return Received("1", "pilotes", GIVEN_AT, key, event, None, Position("t", 0, 0))


def consent(pilot: str, person: str, **changes: Any) -> ConsentV1:
    return ConsentV1(
        pilot_id=pilot, pseudonym=person, given_at=GIVEN_AT, notice_version="1", **changes
    )


def agreed(people: Mapping[str, Iterable[str]], *, route: str = "/echo/a") -> PilotState:
    """By pilot, the pseudonyms of consenting people, all just received."""
    state = PilotState(frozenset({route}), PilotMetrics())
    state.set_ages(lambda: 0.0)
    for pilot, persons in people.items():
        state.follow_pilots([record_of(running(pilot, route))])
        state.follow_consents([record_of(consent(pilot, each)) for each in persons])
    return state


def running(pilot: str, route: str = "/echo/a") -> PilotV1:
    """A pilot that assigns arms on a route."""
    arms = [{"name": "off", "weight": 5000}, {"name": "on", "weight": 5000}]
    body = {"pilot_id": pilot, "title": pilot, "state": "running", "control": "off"}
    return PilotV1.model_validate(body | {"arms": arms, "salt": "A" * 43, "routes": [route]})

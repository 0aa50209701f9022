"""A pilot whose people are drawn when they consent: the gateway serves the arm in their consent."""

from typing import Any

from gateway_world import table
from pilot_consents import GIVEN_AT, agreed, consent, deleted, record_of, running

from gateway.callers.domain.identity import Identity
from gateway.events import PilotV1
from gateway.pilots.domain.arms import pseudonym_of
from gateway.pilots.flows.assign_arms import AssignArms
from gateway.pilots.flows.follow_pilots import PilotState
from gateway.routes.domain.request_context import RequestContext
from socle.clock import ManualClock

SALT = bytes(32)
ROUTE = table().routes[2]


def in_blocks(**changes: Any) -> PilotV1:
    return running("blocs", ROUTE.pattern).model_copy(update={"arms_in_consents": True} | changes)


def person(subject: str) -> str:
    return pseudonym_of(SALT, subject).hex()


def arms(state: PilotState, subject: str) -> dict[str, str]:
    context = RequestContext(
        route=ROUTE,
        method="GET",
        target="/echo/a",
        client_address="127.0.0.1",
        headers={},
        identity=Identity(subject=subject),
    )
    return AssignArms(state, ManualClock(GIVEN_AT)).arms_of(context)


def test_the_arm_is_that_of_the_consent_and_there_is_none_without() -> None:
    state = agreed({}, route=ROUTE.pattern)
    state.follow_pilots([record_of(in_blocks())])
    people = [f"person-{number}" for number in range(20)]
    state.follow_consents([record_of(consent("blocs", person(each), arm="on")) for each in people])
    # A hash would give some of them the other arm.
    assert {str(arms(state, each)) for each in people} == {"{'blocs': 'on'}"}
    alice, bob = people[:2]
    state.follow_consents([record_of(consent("blocs", person(alice), arm="off"))])
    assert arms(state, alice) == {"blocs": "off"}
    for unusable in ({"arm": "other"}, {}):
        state.follow_consents([record_of(consent("blocs", person(alice), **unusable))])
        assert arms(state, alice) == {}
    state.follow_pilots([record_of(in_blocks(state="paused"))])
    assert (arms(state, bob), arms(state, alice)) == ({"blocs": "off"}, {})
    # A withdrawal and a tombstone end it; a record of before has neither field.
    state.follow_pilots([record_of(in_blocks())])
    state.follow_consents(
        [
            record_of(consent("blocs", person(bob), withdrawn_at=GIVEN_AT)),
            deleted(f"blocs:{person(people[2])}"),
        ]
    )
    assert (arms(state, bob), arms(state, people[2])) == ({}, {})
    assert state.drawn_arm("blocs", bytes.fromhex(person(bob))) is None
    state.follow_pilots([record_of(running("blocs", ROUTE.pattern))])
    assert arms(state, alice)["blocs"] in ("on", "off")


def test_a_pilot_that_draws_places_and_people_is_refused() -> None:
    state = agreed({}, route=ROUTE.pattern)
    place = {"code": "nord", "arm": "on"}
    both = in_blocks().model_dump(mode="json", exclude_none=True) | {"places": [place]}
    state.follow_pilots([record_of(PilotV1.model_validate(both))])
    assert "des lieux, et des personnes" in state.pilots.refused["blocs"]

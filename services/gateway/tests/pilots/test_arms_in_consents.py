"""A pilot whose people are drawn when they consent: the gateway serves the arm in their consent."""

from datetime import timedelta
from typing import Any

from gateway_world import table
from pilot_consents import GIVEN_AT, agreed, consent, deleted, record_of, running

from gateway.callers.domain.identity import Identity
from gateway.events import PilotExposedV1, PilotV1
from gateway.pilots.domain.arms import pseudonym_of
from gateway.pilots.flows.assign_arms import AssignArms
from gateway.pilots.flows.buffered_publisher import BufferedPublisher
from gateway.pilots.flows.exposures import Exposures
from gateway.pilots.flows.follow_pilots import PilotState
from gateway.routes.domain.request_context import RequestContext
from socle.clock import ManualClock
from socle.events import Event

SALT = bytes(32)
ROUTE = table().routes[2]


def in_blocks(**changes: Any) -> PilotV1:
    return running("blocs", ROUTE.pattern).model_copy(update={"arms_in_consents": True} | changes)


def person(subject: str) -> str:
    return pseudonym_of(SALT, subject).hex()


def request_of(subject: str) -> RequestContext:
    return RequestContext(
        route=ROUTE,
        method="GET",
        target="/echo/a",
        client_address="127.0.0.1",
        headers={},
        identity=Identity(subject=subject),
    )


def arms(state: PilotState, subject: str) -> dict[str, str]:
    return AssignArms(state, ManualClock(GIVEN_AT)).arms_of(request_of(subject))


class Queue(BufferedPublisher):
    """Exposures that wait, without a broker."""

    def __init__(self) -> None:
        self.waiting: list[PilotExposedV1] = []

    def enqueue(self, event: Event) -> bool:
        assert isinstance(event, PilotExposedV1)
        self.waiting.append(event)
        return True


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


async def test_an_exposure_names_the_consent_that_this_replica_knows() -> None:
    """Who erases everything and agrees again is drawn again: until the new consent arrives here,
    the former arm is served, and its exposure does not name the new consent."""
    state, queue, clock = agreed({}, route=ROUTE.pattern), Queue(), ManualClock(GIVEN_AT)
    state.follow_pilots([record_of(in_blocks())])
    assign = AssignArms(state, clock)
    exposures, again = Exposures(assign, queue, clock), GIVEN_AT + timedelta(seconds=300)

    async def serve() -> None:
        context = request_of("alice")
        await assign(context)
        context.status = 200
        exposures.count(context, seconds=0.1)

    first = consent("blocs", person("alice"), arm="on")
    state.follow_consents([record_of(first)])
    clock.advance(301)  # alice has agreed again, and this replica does not know it
    await serve()
    returned = first.model_copy(update={"given_at": again, "arm": "off"})
    state.follow_consents([deleted(f"blocs:{person('alice')}"), record_of(returned)])
    await serve()
    # A third draw, of the arm that was served before: another exposure on the same day.
    last = first.model_copy(update={"given_at": again + timedelta(seconds=9)})
    state.follow_consents([record_of(last)])
    await serve()
    await serve()
    assert queue.waiting[0].at > again
    assert [(each.arm, each.consented_at) for each in queue.waiting] == [
        ("on", GIVEN_AT),
        ("off", again),
        ("on", last.given_at),
    ]

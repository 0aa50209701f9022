"""A pilot as the gateway needs it."""

import base64

from pilotes.events import PilotArm, PilotPlace, PilotSwitch, PilotV1
from pilotes.record.domain.draws.designs import draw_places
from pilotes.record.domain.draws.schedules import draw_schedule
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol


def pilot_event(pilot: Pilot, protocol: Protocol, salt: bytes | None) -> PilotV1:
    """The announcement of a pilot. `protocol`: the one in force. `salt`: None if the gateway does
    not need it any more."""
    return PilotV1(
        pilot_id=pilot.id,
        title=pilot.title,
        state=pilot.state,
        arms=tuple(PilotArm(name=arm.name, weight=arm.weight) for arm in protocol.arms),
        control=protocol.control,
        salt=None if salt is None else base64.urlsafe_b64encode(salt).decode().rstrip("="),
        routes=protocol.routes,
        starts_at=protocol.starts_at,
        ends_at=protocol.ends_at,
        places=() if salt is None else _places(protocol, salt),
        arms_in_consents=protocol.design.in_blocks,
    )


def _places(protocol: Protocol, salt: bytes) -> tuple[PilotPlace, ...]:
    if protocol.design.scheduled:
        return _scheduled_places(protocol, salt)
    drawn = draw_places(salt, protocol.design.places, protocol.weights)
    return tuple(PilotPlace(code=code, arm=arm) for code, arm in sorted(drawn.items()))


def _scheduled_places(protocol: Protocol, salt: bytes) -> tuple[PilotPlace, ...]:
    schedule = draw_schedule(salt, protocol)
    names = (protocol.control, protocol.treated_arm)

    def place(code: str, treated: tuple[bool, ...]) -> PilotPlace:
        changes = zip(schedule.edges[1:-1], treated[:-1], treated[1:], strict=True)
        return PilotPlace(
            code=code,
            arm=names[treated[0]],
            switches=tuple(
                PilotSwitch(at=at, arm=names[after])
                for at, before, after in changes
                if before != after
            ),
        )

    return tuple(place(*each) for each in sorted(schedule.treated.items()) if each[1])

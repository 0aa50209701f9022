"""The gateway's part, where there is none: whom a pilot reached, and what was used on it.

Arms are drawn as the gateway draws them (`docs/decisions/0022`), which
`services/pilotes/tests/rehearsal/test_rehearsal.py` holds to its description in the contract.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from pilotes.events import PilotExposedV1, RequestServedV2, ServedInPilot
from pilotes.record.domain.protocol import WHOLE, Arm
from pilotes.rehearsal.flows.behaviour import Act

_DRAWN_BYTES: Final = 8


def arm_of(salt: bytes, subject: str, arms: Iterable[Arm]) -> str:
    """The arm that person is on. Raises ValueError where weights do not sum to 10,000."""
    drawn = hmac.digest(salt, b"arm:" + subject.encode(), "sha256")[:_DRAWN_BYTES]
    number, bound = int.from_bytes(drawn) * WHOLE >> 8 * _DRAWN_BYTES, 0
    for arm in arms:
        bound += arm.weight
        if number < bound:
            return arm.name
    raise ValueError("weights do not sum to 10,000")


def exposed(pilot_id: str, pseudonym: str, arm: str, at: datetime) -> PilotExposedV1:
    """They were served, for the first time that day."""
    return PilotExposedV1(pilot_id=pilot_id, pseudonym=pseudonym, arm=arm, at=at)


def lines_of(
    acts: Sequence[Act], pilot_id: str, pseudonym: str, arm: str, midnight: datetime
) -> Iterable[ServedInPilot]:
    """What one person used on one day, a line a thing."""
    for act in acts:
        at = midnight + timedelta(seconds=act.second)
        yield ServedInPilot(
            pilot_id=pilot_id,
            arm=arm,
            status=200,
            count=act.count,
            bytes=act.habit.bytes * act.count,
            seconds=act.habit.seconds * act.count,
            cpu_seconds=act.habit.cpu_seconds * act.count,
            first=at,
            last=at,
            pseudonym=pseudonym,
            fact=act.habit.fact,
        )


def record_of(day: int, lines: Sequence[ServedInPilot], *, seed: int) -> RequestServedV2:
    """One day's, as one replica would tell it."""
    return RequestServedV2(replica=f"repetition-{seed}", sequence=day, in_pilots=tuple(lines))

"""The events that the gateway would publish: exposures to a pilot, and requests served in it.

Arms are assigned as the gateway assigns them (`docs/decisions/0022`), which
`services/pilotes/tests/rehearsal/test_rehearsal.py` checks against the contract.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from pilotes.events import PilotExposedV1, RequestServedV2, ServedInPilot
from pilotes.record.domain.protocol import TOTAL_WEIGHT, Arm
from pilotes.rehearsal.flows.behaviour import Use

_DIGEST_BYTES: Final = 8


def assign_arm(salt: bytes, subject: str, arms: Iterable[Arm]) -> str:
    """The arm of the person with that subject. `arms`: their weights sum to 10,000; if they sum to
    less, raises ValueError for the people beyond their sum."""
    digest = hmac.digest(salt, b"arm:" + subject.encode(), "sha256")[:_DIGEST_BYTES]
    number, bound = int.from_bytes(digest) * TOTAL_WEIGHT >> 8 * _DIGEST_BYTES, 0
    for arm in arms:
        bound += arm.weight
        if number < bound:
            return arm.name
    raise ValueError("weights do not sum to 10,000")


def exposure_event(pilot_id: str, pseudonym: str, arm: str, at: datetime) -> PilotExposedV1:
    """The event of a person's first request of a day on a route of the pilot."""
    return PilotExposedV1(pilot_id=pilot_id, pseudonym=pseudonym, arm=arm, at=at)


def served_lines(
    uses: Sequence[Use], pilot_id: str, pseudonym: str, arm: str, midnight: datetime
) -> Iterable[ServedInPilot]:
    """The lines on the uses of one person on one day, one for each habit. `midnight`: the start of
    the day."""
    for use in uses:
        at = midnight + timedelta(seconds=use.second)
        yield ServedInPilot(
            pilot_id=pilot_id,
            arm=arm,
            status=200,
            count=use.count,
            bytes=use.habit.bytes * use.count,
            seconds=use.habit.seconds * use.count,
            cpu_seconds=use.habit.cpu_seconds * use.count,
            first=at,
            last=at,
            pseudonym=pseudonym,
            fact=use.habit.fact,
        )


def served_event(day: int, lines: Sequence[ServedInPilot], *, seed: int) -> RequestServedV2:
    """The record of all requests of one day, as one replica would publish it. `day`: its
    number."""
    return RequestServedV2(replica=f"repetition-{seed}", sequence=day, in_pilots=tuple(lines))

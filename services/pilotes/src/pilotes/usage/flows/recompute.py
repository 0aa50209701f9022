"""Derive a trial's figures from its log again, and say whether they are the same."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.actor import nowhere
from pilotes.record.flows.desk import find_in_force
from pilotes.record.ports import Records
from pilotes.usage.domain.facts import Outcomes
from pilotes.usage.ports import FactStore
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class Recomputed:
    """`participants`: whose window is over, by indicator; `mended`: participants of whom something
    derived was not what the log says; `same`: the figures are what they were."""

    participants: Mapping[str, int]
    mended: int
    same: bool


async def recompute(
    pilot_id: PilotId, *, records: Records, facts: FactStore, clock: Clock
) -> Recomputed:
    """Raises Refusal where there is no such pilot. What the log says holds afterwards."""
    pilot = await records.find(pilot_id)
    if pilot is None:
        raise nowhere(pilot_id)
    written = find_in_force(pilot, await records.list_protocols(pilot_id))
    indicators = written.protocol.indicators if written else ()
    as_of = clock.now()
    before = await facts.outcomes(pilot_id, indicators, as_of)
    mended = await facts.derive_again(pilot_id)
    after = await facts.outcomes(pilot_id, indicators, as_of)
    return Recomputed(
        {name: len(found.arm) for name, found in after.items()},
        mended,
        _digests(before) == _digests(after),
    )


def _digests(outcomes: Mapping[str, Outcomes]) -> dict[str, str]:
    return {name: _digest(each) for name, each in outcomes.items()}


def _digest(found: Outcomes) -> str:
    digest = hashlib.sha256("\n".join(found.arms).encode())
    columns = (
        found.participant, found.arm, found.first_exposure, found.outcome, found.before
    )  # fmt: skip
    for column in columns:
        digest.update(column.tobytes())
    return digest.hexdigest()
